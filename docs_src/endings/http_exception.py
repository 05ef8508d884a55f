from duologue import Duologue, HTTPException, WebSocketRoute


async def early(websocket):
    raise HTTPException(status_code=401, detail="Unauthorized")  # <--


async def late(websocket):
    await websocket.accept()
    raise HTTPException(status_code=401, detail="Unauthorized")  # <--


app = Duologue(routes=[WebSocketRoute("/early", early), WebSocketRoute("/late", late)])
