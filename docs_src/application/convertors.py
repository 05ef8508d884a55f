from duologue import Duologue, WebSocketRoute


async def show(websocket):
    await websocket.accept()
    await websocket.send_text(repr(websocket.path_params))
    await websocket.close()


app = Duologue(
    routes=[
        WebSocketRoute("/int/{number:int}", show),
        WebSocketRoute("/float/{number:float}", show),
        WebSocketRoute("/uuid/{id:uuid}", show),
        WebSocketRoute("/files/{path:path}", show),
        WebSocketRoute("/str/{name}", show),
    ]
)
