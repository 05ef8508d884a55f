"""An application that tells what it knows of each connection."""

from duologue import Duologue, Mount, WebSocketRoute
from duologue.limits import Limits
from duologue.middleware import Middleware
from duologue.middleware.limits import LimitMiddleware


async def tell(websocket):
    await websocket.accept()
    client = websocket.client
    await websocket.send_json(
        {
            "client": client and [client.host, client.port],
            "path": websocket["path"],
            "url": websocket.url.path,
            "scheme": websocket.url.scheme,
            "there": websocket.url_for("deep").path,
        }
    )
    async for _ in websocket.iter_text():
        pass


async def tell_host(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.url.hostname)
    await websocket.close()


app = Duologue(
    routes=[
        WebSocketRoute("/plain", tell),
        WebSocketRoute("/host", tell_host),
        Mount("/inner", routes=[WebSocketRoute("/deep", tell, name="deep")]),
    ],
    middleware=[Middleware(LimitMiddleware, limits=Limits(connections_per_client=1))],
)
