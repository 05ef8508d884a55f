from duologue import Duologue, WebSocketRoute


async def news(websocket):
    await websocket.accept()
    if "session" not in websocket.cookies:
        await websocket.close(4001, "Log in first.")  # <--
        return
    await websocket.send_text("Welcome back!")


app = Duologue(routes=[WebSocketRoute("/ws", news)])
