from duologue import Duologue, WebSocketRoute
from duologue.authorization import accept_with_token

TOKENS = {"ada-token": "Ada", "sam-token": "Sam"}


async def chat(websocket):
    ticket = websocket.path_params["ticket"]
    name = await accept_with_token(websocket, TOKENS.get)
    await websocket.send_json({"ticket": ticket, "name": name})
    async for message in websocket.iter_json():
        match message:
            case {"text": str(text)}:
                await websocket.send_json({"from": name, "text": text})
            case _:
                await websocket.send_json({"error": 'Send {"text": "..."}.'})


app = Duologue(
    routes=[WebSocketRoute("/tickets/{ticket:int}", chat)],
    allowed_origins=["https://shop.example"],
)
