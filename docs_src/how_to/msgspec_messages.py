from typing import Annotated

import msgspec

from duologue import Duologue, WebSocketRoute


class Join(msgspec.Struct, tag="join"):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class Say(msgspec.Struct, tag="say"):
    text: str


class Said(msgspec.Struct, tag="said"):
    name: str
    text: str


decoder = msgspec.json.Decoder(Join | Say)


async def chat(websocket):
    await websocket.accept()
    name = "somebody"
    async for message in websocket.iter_json():  # <--
        match message:
            case Join():
                name = message.name
            case Say():
                await websocket.send_json(Said(name, message.text))  # <--


app = Duologue(
    routes=[WebSocketRoute("/chat", chat)],
    json_loads=decoder.decode,  # <--
    json_dumps=msgspec.json.encode,  # <--
)
