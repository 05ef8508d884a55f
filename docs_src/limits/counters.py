from duologue import Duologue, Middleware, WebSocketRoute
from duologue.limits import LimitMiddleware, Limits

limits = Limits(message_size=20)


async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def health(websocket):
    await websocket.accept()
    await websocket.send_json({"too large": limits.refused.message_size})  # <--
    await websocket.close()


app = Duologue(
    routes=[WebSocketRoute("/ws", echo), WebSocketRoute("/health", health)],
    middleware=[Middleware(LimitMiddleware, limits)],
)
