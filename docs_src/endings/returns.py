from duologue import Duologue, WebSocketRoute


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text("Hello!")  # and no close()


async def shrug(websocket):
    pass  # it neither accepts nor refuses


app = Duologue(routes=[WebSocketRoute("/greet", greet), WebSocketRoute("/shrug", shrug)])
