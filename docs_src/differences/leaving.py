from duologue import Duologue, WebSocketDisconnect, WebSocketRoute

watchers = []


async def watch(websocket):
    watchers.append(websocket)
    await websocket.accept()
    await websocket.send_text("Watching")
    async for _ in websocket.iter_text():
        pass


async def talk(websocket):
    await websocket.accept()
    seen = []
    for step in (websocket.receive_text, websocket.receive_text, websocket.close):
        try:
            await step()
        except WebSocketDisconnect as disconnect:  # <--
            seen.append(disconnect.code)
    try:
        await websocket.send_text("Are you there?")
    except WebSocketDisconnect as disconnect:  # <--
        seen.append(disconnect.code)
    for watcher in watchers:
        if watcher.connected:
            await watcher.send_json(seen)


app = Duologue(routes=[WebSocketRoute("/watch", watch), WebSocketRoute("/talk", talk)])
