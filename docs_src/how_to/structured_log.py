import json
import logging
import time
from contextvars import ContextVar
from uuid import uuid4

from duologue import Duologue, WebSocketRoute

log = logging.getLogger("chat")
connection = ContextVar("connection", default=None)


class JSONLines(logging.Formatter):
    def format(self, record):
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "connection": connection.get(),  # <--
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class LogConnections:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        connection.set(uuid4().hex)  # <--
        began = time.perf_counter()
        fields = {"path": scope["path"], "received": 0, "sent": 0}

        async def logged_receive():
            message = await receive()
            if message["type"] == "websocket.receive":
                fields["received"] += 1
            elif message["type"] == "websocket.disconnect":
                fields["code"] = message.get("code", 1005)
            return message

        async def logged_send(message):
            if message["type"] == "websocket.accept":
                fields["status"] = 101
            elif message["type"] == "websocket.send":
                fields["sent"] += 1
            elif message["type"] == "websocket.close" and "status" not in fields:
                fields["status"] = 403  # <--
            elif message["type"] == "websocket.close":
                fields["code"] = message.get("code", 1000)
            elif message["type"] == "websocket.http.response.start":
                fields["status"] = message["status"]
            await send(message)

        try:
            await self.app(scope, logged_receive, logged_send)
        finally:
            fields["seconds"] = round(time.perf_counter() - began, 3)
            log.info("connection ended", extra={"fields": fields})  # <--


async def chat(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        log.info("message", extra={"fields": {"characters": len(text)}})
        await websocket.send_text(text)


app = LogConnections(  # <--
    Duologue(
        routes=[WebSocketRoute("/chat", chat)],
    )
)
