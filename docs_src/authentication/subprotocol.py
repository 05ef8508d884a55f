from duologue import Duologue, WebSocketRoute
from duologue.authorization import accept_with_token

USERS = {"s3cret": "Ada"}  # in real life, a table of hashes or a signed token


async def greet(websocket):
    user = await accept_with_token(websocket, USERS.get)  # <--
    await websocket.send_text(f"Hello, {user}!")
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", greet)])
