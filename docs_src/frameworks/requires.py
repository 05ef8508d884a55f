from functools import wraps

from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware

from duologue import Duologue, HTTPException, Middleware, WebSocketRoute


class TokenBackend(AuthenticationBackend):
    async def authenticate(self, connection):
        if connection.query_params.get("token") == "tea-at-five":
            return AuthCredentials(["chat"]), SimpleUser("Ada")
        return None


def requires(scope):
    def decorate(endpoint):
        @wraps(endpoint)
        async def guarded(websocket):
            if scope not in websocket.auth.scopes:  # <--
                raise HTTPException(403)  # <--
            await endpoint(websocket)

        return guarded

    return decorate


@requires("chat")
async def greet(websocket):
    await websocket.accept()
    await websocket.send_text(f"Hello, {websocket.user.display_name}!")
    await websocket.close()


app = Duologue(
    routes=[WebSocketRoute("/ws", greet)],
    middleware=[Middleware(AuthenticationMiddleware, backend=TokenBackend())],
)
