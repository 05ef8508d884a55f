from duologue import Duologue, WebSocketRoute
from duologue.responses import StreamingResponse


async def why():
    yield "The room "
    yield "is full."


async def full(websocket):
    response = StreamingResponse(why(), status_code=503, media_type="text/plain")
    await websocket.send_denial_response(response)  # <--


app = Duologue(routes=[WebSocketRoute("/ws", full)])
