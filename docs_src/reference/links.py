from duologue import Duologue, Mount, Router, WebSocketRoute
from duologue.routing import NoMatchFound


async def room(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.path_params["name"])
    await websocket.close()


async def link(websocket):
    await websocket.accept()
    async for route in websocket.iter_text():
        try:
            path = app.url_path_for(route, name="tea room")  # <--
        except NoMatchFound:  # <--
            await websocket.send_text("There is no such route.")
        else:
            url = path.make_absolute_url(websocket.base_url)  # <--
            inner = rooms.url_path_for(route, name="tea room")  # <--
            await websocket.send_json([inner, path, url])


rooms = Router()
rooms.add(WebSocketRoute("/{name}", room, name="room"))  # <--

app = Duologue(routes=[WebSocketRoute("/link", link), Mount("/rooms", app=rooms)])
