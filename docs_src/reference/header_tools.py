from duologue.datastructures import MutableHeaders
from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)

    answer = MutableHeaders({"x-version": "1"})
    answer.setdefault("x-version", "2")  # <--
    answer.append("x-note", "a")  # <--
    answer.append("x-note", "b")
    answer.update({"x-place": "hall"})  # <--
    await websocket.accept(headers=answer)
    await websocket.send_json([answer.keys(), answer.values(), answer.items()])  # <--

    request = websocket.headers.mutablecopy()  # <--
    del request["cookie"]
    await websocket.send_json("cookie" in request)
    await websocket.close()
