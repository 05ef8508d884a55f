from duologue import Duologue, Middleware, WebSocketRoute
from duologue.limits import LimitMiddleware, Limits


async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


limits = Limits(idle_seconds=2)  # <--

app = Duologue(
    routes=[WebSocketRoute("/ws", echo)],
    middleware=[Middleware(LimitMiddleware, limits)],
)
