from duologue import Duologue, WebSocketRoute

SESSIONS = {"a1b2c3": "Ada"}


async def inbox(websocket):
    await websocket.accept()
    user = SESSIONS.get(websocket.cookies.get("session", ""), "stranger")
    await websocket.send_text(f"Private messages of {user}")
    await websocket.close()


app = Duologue(
    routes=[WebSocketRoute("/inbox", inbox)],
    allowed_origins=["https://friend.example"],  # <--
)
