from duologue import Duologue, Middleware, WebSocketRoute
from duologue.responses import PlainTextResponse
from duologue.websockets import WebSocket
from duologue.websockets.denial import deny


class RequireTicket:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            websocket = WebSocket.of(scope, receive, send)  # <--
            if "ticket" not in websocket.query_params:
                await deny(websocket, PlainTextResponse("No ticket", status_code=401))  # <--
                return
        await self.app(scope, receive, send)


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text("Hello!")
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/ws", greet)], middleware=[Middleware(RequireTicket)])
