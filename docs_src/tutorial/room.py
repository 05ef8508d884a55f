from duologue import Duologue, WebSocketRoute
from duologue.authorization import accept_with_token
from duologue.rooms import Rooms

TOKENS = {"ada-token": "Ada", "sam-token": "Sam"}

rooms = Rooms()


async def chat(websocket):
    ticket = f"ticket {websocket.path_params['ticket']}"
    name = await accept_with_token(websocket, TOKENS.get)
    async with rooms.join(ticket, websocket) as room:
        await room.send_json({"joined": name})
        async for message in websocket.iter_json():
            match message:
                case {"text": str(text)}:
                    await room.send_json({"from": name, "text": text})
                case _:
                    await websocket.send_json({"error": 'Send {"text": "..."}.'})


app = Duologue(
    routes=[WebSocketRoute("/tickets/{ticket:int}", chat)],
    allowed_origins=["https://shop.example"],
)
