from duologue import Duologue, WebSocketRoute


async def greet(websocket):
    name = websocket.path_params["name"]
    await websocket.accept()
    await websocket.send_text(f"Hello, {name}!")
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/hello/{name}", greet)])  # <--
