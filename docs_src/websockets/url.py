from duologue.websockets import WebSocket


async def app(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    url = websocket.url
    await websocket.send_text(url)  # <--
    await websocket.send_json(
        {
            "is a str": isinstance(url, str),
            "scheme": url.scheme,
            "is_secure": url.is_secure,
            "hostname": url.hostname,
            "port": url.port,
            "netloc": url.netloc,
            "path": url.path,
            "query": url.query,
            "fragment": url.fragment,
            "username": url.username,
            "password": url.password,
        }
    )
    await websocket.close()
