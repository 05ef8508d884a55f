from duologue import Duologue, HTTPException, WebSocketRoute


async def early(websocket):
    raise HTTPException(401, "Who are you?")


async def late(websocket):
    await websocket.accept()
    raise HTTPException(401, "Who are you?")  # <--


app = Duologue(routes=[WebSocketRoute("/early", early), WebSocketRoute("/late", late)])
