from pathlib import Path

import anyio

from duologue import Duologue, HTTPException, WebSocketRoute

FILES = {"program": Path(__file__)}  # in real life, large ones
CHUNK = 64 * 1024  # bytes


async def download(websocket):
    path = FILES.get(websocket.path_params["name"])
    if path is None:
        raise HTTPException(404)
    size = (await anyio.Path(path).stat()).st_size
    offset = websocket.path_params["offset"]
    if offset > size:
        raise HTTPException(416)
    await websocket.accept()
    async with websocket.until_closed(), await anyio.open_file(path, "rb") as file:
        await websocket.send_json({"size": size})
        await file.seek(offset)  # <--
        while chunk := await file.read(CHUNK):
            await websocket.send_bytes(chunk)  # <--
        await websocket.close()


app = Duologue(routes=[WebSocketRoute("/files/{name}/{offset:int}", download)])
