import time

from duologue import Duologue, Middleware, WebSocketRoute


class Stopwatch:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        began = time.perf_counter()
        try:
            await self.app(scope, receive, send)  # <--
        finally:
            print(f"{scope['type']} took {time.perf_counter() - began:.1f} s")


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text("Hello!")
    await websocket.close()


app = Duologue(
    routes=[WebSocketRoute("/ws", greet)],
    middleware=[Middleware(Stopwatch)],  # <--
)
