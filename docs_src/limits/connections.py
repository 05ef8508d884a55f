from duologue import Duologue, Middleware, WebSocketRoute
from duologue.limits import LimitMiddleware, Limits


async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


limits = Limits(connections=1000, connections_per_client=2)  # <--

app = Duologue(
    routes=[WebSocketRoute("/ws", echo)],
    middleware=[Middleware(LimitMiddleware, limits)],
)
