from asgiref.compatibility import guarantee_single_callable


class Echo:
    def __init__(self, scope):
        self.path = scope["path"]

    async def __call__(self, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": self.path})
        await send({"type": "websocket.close", "code": 1000})


app = guarantee_single_callable(Echo)  # <--
