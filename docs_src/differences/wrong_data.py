from duologue import Duologue, InvalidPayloadError, UnsupportedDataError, WebSocketRoute


async def strict(websocket):
    await websocket.accept()
    async for number in websocket.iter_json():
        await websocket.send_json(number + 1)


async def patient(websocket):
    await websocket.accept()
    while websocket.connected:
        try:
            await websocket.send_json(await websocket.receive_json() + 1)
        except (UnsupportedDataError, InvalidPayloadError) as error:  # <--
            await websocket.send_text(f"That would be {error.code}.")


app = Duologue(routes=[WebSocketRoute("/strict", strict), WebSocketRoute("/patient", patient)])
