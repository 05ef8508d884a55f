from duologue import Duologue, WebSocketRoute


async def tell(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.app.url_path_for("room", room="tea & cake?"))  # <--
    try:
        websocket.app.url_path_for("room", room="tea/cake")  # <--
    except ValueError as error:
        await websocket.send_text(str(error))


async def room(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.path_params["room"])


app = Duologue(routes=[WebSocketRoute("/tell", tell), WebSocketRoute("/rooms/{room}", room)])
