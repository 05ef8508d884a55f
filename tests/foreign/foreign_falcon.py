"""The conversations of the scripts, held by an application of Falcon."""

from falcon.asgi import App


class Echo:
    async def on_websocket(self, request, websocket):
        await websocket.accept()
        while True:
            await websocket.send_text(await websocket.receive_text())


class Octets:
    async def on_websocket(self, request, websocket):
        await websocket.accept()
        while True:
            await websocket.send_data(await websocket.receive_data())


class Enough:
    async def on_websocket(self, request, websocket):
        await websocket.accept()
        await websocket.receive_text()
        await websocket.close(4001, "enough")


class Refuse:
    async def on_websocket(self, request, websocket):
        await websocket.close(4003)


class Choose:
    async def on_websocket(self, request, websocket):
        offered = list(websocket.subprotocols)
        await websocket.accept("chat.v2" if "chat.v2" in offered else None)
        await websocket.send_media({"offered": offered})
        await websocket.receive_text()


class Room:
    async def on_websocket(self, request, websocket, room):
        await websocket.accept(headers={"x-room": room})
        page, user = request.get_param("page"), request.get_header("x-user")
        await websocket.send_media({"room": room, "page": page, "user": user})
        await websocket.receive_text()


class Fail:
    async def on_websocket(self, request, websocket):
        await websocket.accept()
        raise LookupError("full moon")


app = App()
app.add_route("/echo", Echo())
app.add_route("/octets", Octets())
app.add_route("/enough", Enough())
app.add_route("/refuse", Refuse())
app.add_route("/choose", Choose())
app.add_route("/rooms/{room}", Room())
app.add_route("/fail", Fail())
