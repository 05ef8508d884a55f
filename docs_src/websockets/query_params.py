from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    params = websocket.query_params
    await websocket.send_text(params["search"])  # <--
    await websocket.send_text(params["page"])
    await websocket.send_json(params.getlist("page"))
    await websocket.send_text(params.getone("page"))
    await websocket.close()
