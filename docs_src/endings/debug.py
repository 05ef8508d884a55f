from duologue import Duologue, WebSocketRoute


async def divide(websocket):
    return 1 / 0


app = Duologue(debug=True, routes=[WebSocketRoute("/ws", divide)])  # <--
