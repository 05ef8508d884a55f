import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_asgi_app

from duologue import Duologue, Mount, WebSocketRoute
from duologue.rooms import Rooms

rooms = Rooms()
registry = CollectorRegistry()
HANDSHAKES = Counter("handshakes", "By status", ["route", "status"], registry=registry)
OPEN = Gauge("connections", "Open now", ["route"], registry=registry)
MESSAGES = Counter("messages", "By direction", ["route", "direction"], registry=registry)
CLOSES = Counter("closes", "By close code", ["route", "code"], registry=registry)
SECONDS = Histogram("connection_seconds", "Duration", ["route"], registry=registry)
MEMBERS = Gauge("members", "In all rooms", registry=registry)
MEMBERS.set_function(lambda: rooms.statistics().total.members)  # <--


class Measure:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        began = code = None

        def route():
            return scope["route"].path if "route" in scope else ""  # <--

        async def measured_receive():
            nonlocal code
            message = await receive()
            if message["type"] == "websocket.receive":
                MESSAGES.labels(route(), "received").inc()
            elif message["type"] == "websocket.disconnect":
                code = message.get("code", 1005)
            return message

        async def measured_send(message):
            nonlocal began, code
            if message["type"] == "websocket.accept":
                began = time.perf_counter()
                HANDSHAKES.labels(route(), 101).inc()
                OPEN.labels(route()).inc()
            elif message["type"] == "websocket.send":
                MESSAGES.labels(route(), "sent").inc()
            elif message["type"] == "websocket.close" and began is None:
                HANDSHAKES.labels(route(), 403).inc()  # <--
            elif message["type"] == "websocket.close":
                code = message.get("code", 1000)
            elif message["type"] == "websocket.http.response.start":
                HANDSHAKES.labels(route(), message["status"]).inc()
            await send(message)

        try:
            await self.app(scope, measured_receive, measured_send)
        finally:
            if began is not None:
                OPEN.labels(route()).dec()
                CLOSES.labels(route(), code).inc()
                SECONDS.labels(route()).observe(time.perf_counter() - began)


async def chat(websocket):
    await websocket.accept()
    async with rooms.join(websocket.path_params["room"], websocket) as room:
        async for text in websocket.iter_text():
            await room.send_text(text)


app = Measure(  # <--
    Duologue(
        routes=[
            WebSocketRoute("/chat/{room}", chat),
            Mount("/metrics", app=make_asgi_app(registry)),  # <--
        ],
    )
)
