from duologue import Duologue, HTTPException, WebSocketRoute

SESSIONS = {"a1b2c3": "Ada"}


async def greet(websocket):
    user = SESSIONS.get(websocket.cookies.get("session", ""))  # <--
    if user is None:
        raise HTTPException(401, "Log in first.")
    await websocket.accept()
    await websocket.send_text(f"Hello, {user}!")
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", greet)])
