from duologue import Duologue, WebSocketRoute


async def check(websocket):
    mistakes = []
    try:
        await websocket.accept(subprotocol="never-offered")  # <--
    except ValueError as error:
        mistakes.append(error)
    await websocket.accept()
    for mistake in (
        lambda: websocket.close(1006),  # <--
        lambda: websocket.close(1000, "x" * 200),  # <--
        lambda: websocket.send_text(b"bytes"),  # <--
        lambda: websocket.send_text("\ud83d"),  # <--
        lambda: websocket.send_json(float("nan")),  # <--
    ):
        try:
            await mistake()
        except (TypeError, ValueError) as error:
            mistakes.append(error)
    await websocket.send_json([type(error).__name__ for error in mistakes])


app = Duologue(routes=[WebSocketRoute("/ws", check)])
