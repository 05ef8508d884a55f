from duologue.websockets import WebSocket, WebSocketDisconnect

watchers = []


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    if websocket["path"] == "/watch":
        watchers.append(websocket)
        await websocket.send_text("Watching")
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect as disconnect:  # <--
        for watcher in watchers:
            if watcher.connected:
                await watcher.send_json([disconnect.code, disconnect.reason])
