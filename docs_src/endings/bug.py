from duologue import Duologue, WebSocketRoute


async def early(websocket):
    return 1 / 0


async def late(websocket):
    await websocket.accept()
    return 1 / 0


app = Duologue(routes=[WebSocketRoute("/early", early), WebSocketRoute("/late", late)])
