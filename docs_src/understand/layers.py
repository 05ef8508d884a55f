from duologue import Duologue, HTTPException, Middleware, WebSocketRoute
from duologue.datastructures import Headers


class RequireToken:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            headers = Headers(raw=scope["headers"])
            if headers.get("authorization") != "Bearer secret":
                raise HTTPException(401)  # <--
        await self.app(scope, receive, send)


async def endpoint(websocket):
    await websocket.accept()
    raise HTTPException(403, "Not today.")  # <--


app = Duologue(
    routes=[WebSocketRoute("/ws", endpoint)],
    middleware=[Middleware(RequireToken)],  # <--
)
