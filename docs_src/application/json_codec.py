import json
from decimal import Decimal

from duologue import Duologue, WebSocketRoute


def loads(text):
    return json.loads(text, parse_float=Decimal)


def dumps(value):
    return json.dumps(value, default=str, allow_nan=False)


async def add(websocket):
    await websocket.accept()
    async for numbers in websocket.iter_json():
        await websocket.send_json({"sum": sum(numbers)})


app = Duologue(
    routes=[WebSocketRoute("/ws", add)],
    json_loads=loads,  # <--
    json_dumps=dumps,  # <--
)
