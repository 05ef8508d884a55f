from duologue import Duologue, WebSocketRoute, WebSocketStateError


async def hasty(websocket):
    try:
        await websocket.send_text("Hello!")
    except WebSocketStateError as error:  # <--
        await websocket.accept()
        await websocket.send_text(str(error))
        await websocket.send_json(isinstance(error, RuntimeError))


app = Duologue(routes=[WebSocketRoute("/ws", hasty)])
