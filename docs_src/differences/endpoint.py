from duologue import Duologue, HTTPException, WebSocketEndpoint, WebSocketRoute

counts = {"here": 0}


class Guarded(WebSocketEndpoint):
    encoding = "text"

    async def on_connect(self, websocket):
        counts["here"] += 1
        if "token" not in websocket.query_params:
            raise HTTPException(401)  # <--
        await websocket.accept()
        await websocket.send_json(counts)

    async def on_disconnect(self, websocket, close_code):
        counts["here"] -= 1  # <--


app = Duologue(routes=[WebSocketRoute("/ws", Guarded)])
