from duologue import Duologue, HTTPException, Middleware, WebSocketRoute
from duologue.authorization import subprotocol_token
from duologue.connection import Connection


class RequireToken:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            connection = Connection(scope)  # <--
            if subprotocol_token(connection) != "s3cret":  # <--
                raise HTTPException(401)
        await self.app(scope, receive, send)


async def greet(websocket):
    await websocket.accept(subprotocol="bearer")
    await websocket.send_text("Hello!")
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", greet)], middleware=[Middleware(RequireToken)])
