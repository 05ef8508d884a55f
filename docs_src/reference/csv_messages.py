import time

from duologue import Duologue, WebSocketEndpoint, WebSocketRoute


class Adder(WebSocketEndpoint):
    encoding = "text"

    async def dispatch(self):  # <--
        began = time.monotonic()
        try:
            await super().dispatch()
        finally:
            print(f"The connection was open for {time.monotonic() - began:.1f} s.")

    async def decode(self, websocket, message):  # <--
        text = await super().decode(websocket, message)
        return [int(number) for number in text.split(",")]

    async def on_receive(self, websocket, data):
        await websocket.send_json(sum(data))


app = Duologue(routes=[WebSocketRoute("/add", Adder)])
