from duologue import Duologue, WebSocketEndpoint, WebSocketRoute


class Adder(WebSocketEndpoint):
    encoding = "json"  # <--

    async def on_connect(self, websocket):
        await websocket.accept()
        self.total = 0

    async def on_receive(self, websocket, data):
        self.total += data
        await websocket.send_json({"total": self.total})

    async def on_disconnect(self, websocket, close_code):
        print(f"{self.total} when the client left with {close_code}")


app = Duologue(routes=[WebSocketRoute("/add", Adder)])
