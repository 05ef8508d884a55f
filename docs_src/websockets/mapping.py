from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.send_text(websocket["path"])  # <--
    await websocket.send_json("query_string" in websocket)
    await websocket.send_json(websocket.get("no such key"))
    await websocket.send_json(len(websocket) == len(scope))
    await websocket.close()
