import tempfile

import anyio

from duologue import Duologue, HTTPException, WebSocketRoute

LARGEST = 1024**3  # bytes


async def upload(websocket):
    size = websocket.path_params["size"]
    if size > LARGEST:
        raise HTTPException(413)
    await websocket.accept()
    received = 0
    async with anyio.wrap_file(tempfile.TemporaryFile()) as file:
        while received < size:
            chunk = await websocket.receive_bytes()  # <--
            await file.write(chunk)
            received += len(chunk)
            await websocket.send_json({"received": received})  # <--
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/upload/{size:int}", upload)])
