"""An application that tells what it knows of each connection."""

from duologue import Duologue, Mount, WebSocketRoute
from duologue.limits import LimitMiddleware, Limits
from duologue.middleware import Middleware


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


async def echo_json(websocket):
    await websocket.accept()
    async for data in websocket.iter_json():
        await websocket.send_json(data)


routes = [
    WebSocketRoute("/plain", tell),
    WebSocketRoute("/host", tell_host),
    WebSocketRoute("/json", echo_json),
    Mount("/inner", routes=[WebSocketRoute("/deep", tell, name="deep")]),
]

app = Duologue(routes=routes)
one_each = Duologue(
    routes=routes,
    middleware=[Middleware(LimitMiddleware, limits=Limits(connections_per_client=1))],
)
