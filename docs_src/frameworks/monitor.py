from duologue import Duologue, Middleware, WebSocketRoute


class Monitor:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def monitored_send(message):
            if message["type"] == "websocket.accept":
                path = scope["route"].path  # <--
                message["headers"] = [*message["headers"], (b"x-route", path.encode())]
            await send(message)

        await self.app(scope, receive, monitored_send)


async def room(websocket):
    await websocket.accept()
    await websocket.close()


app = Duologue(
    routes=[WebSocketRoute("/rooms/{room}", room)],
    middleware=[Middleware(Monitor)],
)
