from duologue import Duologue, WebSocketRoute
from duologue.responses import JSONResponse


class OutOfTeaError(Exception):
    pass


async def apologise(websocket, error):
    if websocket.connected:
        await websocket.send_text("We are out of tea.")
        await websocket.close(4018, "teapot")
    return JSONResponse({"error": "out of tea"}, status_code=418)  # <--


async def early(websocket):
    raise OutOfTeaError


async def late(websocket):
    await websocket.accept()
    raise OutOfTeaError


app = Duologue(
    routes=[WebSocketRoute("/early", early), WebSocketRoute("/late", late)],
    exception_handlers={OutOfTeaError: apologise},  # <--
)
