"""The conversations of the scripts, held by an application of Django Channels."""

from urllib.parse import parse_qs

import django
from channels.generic.websocket import AsyncJsonWebsocketConsumer, AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path

if not settings.configured:
    settings.configure()
    django.setup()


class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data, bytes_data)


class Enough(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.close(4001, "enough")


class Refuse(AsyncWebsocketConsumer):
    async def connect(self):
        await self.close(4003, "not you")


class Choose(AsyncJsonWebsocketConsumer):
    async def connect(self):
        offered = self.scope["subprotocols"]
        await self.accept("chat.v2" if "chat.v2" in offered else None)
        await self.send_json({"offered": offered})


class Room(AsyncJsonWebsocketConsumer):
    async def connect(self):
        name = self.scope["url_route"]["kwargs"]["room"]
        page = parse_qs(self.scope["query_string"].decode())["page"][0]
        user = dict(self.scope["headers"])[b"x-user"].decode()
        await self.accept(headers=[(b"x-room", name.encode())])
        await self.send_json({"room": name, "page": page, "user": user})


class Fail(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        raise LookupError("full moon")


app = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                path("echo", Echo.as_asgi()),
                path("octets", Echo.as_asgi()),
                path("enough", Enough.as_asgi()),
                path("refuse", Refuse.as_asgi()),
                path("choose", Choose.as_asgi()),
                path("rooms/<str:room>", Room.as_asgi()),
                path("fail", Fail.as_asgi()),
            ]
        )
    }
)
