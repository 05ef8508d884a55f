from duologue import Duologue, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()


async def chat(websocket):
    await websocket.accept()
    name = websocket.query_params["name"]
    async with (
        rooms.join("chat", websocket) as texts,
        rooms.join("chat: typing", websocket, policy="latest") as typing,  # <--
    ):
        async for message in websocket.iter_json():
            match message:
                case {"typing": bool(state)}:
                    news = {"name": name, "typing": state}
                    await typing.send_json(news, key=name, exclude=websocket)  # <--
                case {"text": str(text)}:
                    await texts.send_json({"name": name, "text": text})
    await rooms.send_json("chat: typing", {"name": name, "typing": False}, key=name)  # <--


app = Duologue(routes=[WebSocketRoute("/chat", chat)])
