from duologue import Duologue, WebSocketException, WebSocketRoute


async def early(websocket):
    raise WebSocketException(code=4001, reason="not today")  # <--


async def late(websocket):
    await websocket.accept()
    raise WebSocketException(code=4001, reason="not today")  # <--


app = Duologue(routes=[WebSocketRoute("/early", early), WebSocketRoute("/late", late)])
