from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware

from duologue import Duologue, Middleware, WebSocketRoute


class TokenBackend(AuthenticationBackend):
    async def authenticate(self, connection):
        if connection.headers.get("authorization") == "Bearer tea-at-five":
            return AuthCredentials(["chat"]), SimpleUser("Ada")
        return None


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text(f"Hello, {websocket.user.display_name}!")  # <--
    await websocket.send_json(websocket.auth.scopes)  # <--
    await websocket.close()


app = Duologue(
    routes=[WebSocketRoute("/ws", greet)],
    middleware=[Middleware(AuthenticationMiddleware, backend=TokenBackend())],  # <--
)
