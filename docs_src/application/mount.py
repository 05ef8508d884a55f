from duologue import Duologue, Mount, WebSocketRoute
from duologue.responses import HTMLResponse

PAGE = """<!doctype html>
<title>Echo</title>
<script>
  const path = location.pathname.replace(/[^/]*$/, "rooms/lobby");
  const socket = new WebSocket(`ws://${location.host}${path}`);
  socket.onmessage = (event) => (document.body.textContent = event.data);
</script>
"""


async def room(websocket):
    await websocket.accept()
    await websocket.send_text(f"This is room {websocket.path_params['room']}.")
    await websocket.close()


app = Duologue(
    routes=[
        Mount("/rooms", routes=[WebSocketRoute("/{room}", room)]),  # <--
        Mount("/", app=HTMLResponse(PAGE)),  # <--
    ]
)
