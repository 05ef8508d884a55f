from duologue import Duologue, HTTPException, WebSocketRoute


async def enter(websocket):
    try:
        await websocket.accept(subprotocol="jwt")
    except ValueError as error:
        raise HTTPException(400, str(error)) from error  # <--


app = Duologue(routes=[WebSocketRoute("/ws", enter)])
