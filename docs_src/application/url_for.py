from duologue import Duologue, Mount, WebSocketRoute


async def lobby(websocket):
    await websocket.accept()
    path = websocket.app.url_path_for("rooms:room", room="tea & cake")  # <--
    await websocket.send_text(path)
    url = websocket.url_for("rooms:room", room="tea & cake")  # <--
    await websocket.send_text(url)
    await websocket.close()


async def room(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.path_params["room"])
    await websocket.close()


app = Duologue(
    routes=[
        WebSocketRoute("/lobby", lobby),
        Mount("/rooms", routes=[WebSocketRoute("/{room}", room)], name="rooms"),
    ]
)
