from duologue import Duologue, WebSocket, WebSocketRoute


async def ws(websocket: WebSocket) -> None:
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message)


app = Duologue(routes=[WebSocketRoute("/ws", ws)])
