from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from duologue import Duologue, WebSocketRoute


class Join(BaseModel):
    type: Literal["join"]
    name: Annotated[str, Field(min_length=1, max_length=20)]


class Say(BaseModel):
    type: Literal["say"]
    text: str


class Said(BaseModel):
    type: Literal["said"] = "said"
    name: str
    text: str


Incoming = TypeAdapter(Annotated[Join | Say, Field(discriminator="type")])  # <--


async def chat(websocket):
    await websocket.accept()
    name = "somebody"
    async for data in websocket.iter_text():
        try:
            message = Incoming.validate_json(data)  # <--
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            await websocket.send_json({"type": "error", "problems": problems})
            continue
        match message:
            case Join():
                name = message.name
            case Say():
                await websocket.send_text(Said(name=name, text=message.text).model_dump_json())


app = Duologue(routes=[WebSocketRoute("/chat", chat)])
