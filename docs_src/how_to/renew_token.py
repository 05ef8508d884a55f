import anyio

from duologue import Duologue, WebSocketException, WebSocketRoute
from duologue.authorization import accept_with_token

# In real life, signed tokens: each contains the user and the time when it expires.
TOKENS = {"t-1": ("ada", 900), "t-2": ("ada", 0.3), "t-3": ("bob", 900)}


async def chat(websocket):
    user, seconds = await accept_with_token(websocket, TOKENS.get)
    async with websocket.until_closed():
        with anyio.move_on_after(seconds) as valid:  # <--
            async for message in websocket.iter_json():
                match message:
                    case {"token": str(token)}:
                        name, seconds = TOKENS.get(token, (None, 0))
                        if name != user:
                            raise WebSocketException(4003, "This token is not valid.")
                        valid.deadline = anyio.current_time() + seconds  # <--
                        await websocket.send_json({"expires in": seconds})
                    case {"text": str(text)}:
                        await websocket.send_json({"from": user, "text": text})
    if valid.cancelled_caught:
        await websocket.close(4001, "The token has expired.")  # <--


app = Duologue(routes=[WebSocketRoute("/chat", chat)])
