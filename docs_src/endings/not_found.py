from duologue import Duologue
from duologue.responses import PlainTextResponse


async def not_found(websocket, error):
    return PlainTextResponse(f"There is no {websocket.url.path} here.", status_code=404)


app = Duologue(exception_handlers={404: not_found})  # <--
