from duologue import Duologue, WebSocketRoute
from duologue.authorization import accept_with_token

USERS = {"s3cret": "ada", "hidden": "bob"}


async def chat(websocket):
    websocket.state.user = await accept_with_token(websocket, USERS.get)  # <--
    async with websocket.until_closed():
        async for text in websocket.iter_text():
            await websocket.send_text(text)


async def log_out(websocket):
    user = await accept_with_token(websocket, USERS.get)
    for other in list(app.connections):
        if getattr(other.state, "user", None) == user:
            await other.close(4003, "You have logged out.")  # <--
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/chat", chat), WebSocketRoute("/logout", log_out)])
