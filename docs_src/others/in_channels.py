from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.conf import settings
from django.urls import path

if not settings.configured:
    settings.configure()  # in a project, asgi.py names the module of the settings


class Room(AsyncJsonWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send_json(self.scope["url_route"]["kwargs"])

    async def receive_json(self, content):
        await self.send_json({"said": content["text"]})


routes = URLRouter([path("rooms/<room>", Room.as_asgi())])
app = ProtocolTypeRouter({"websocket": OriginValidator(routes, ["https://shop.example"])})  # <--
