from duologue import Duologue, WebSocketRoute
from duologue.scripts import (
    Accept,
    Anything,
    Binary,
    ClientClose,
    ClientMessage,
    Comment,
    Deny,
    Drop,
    Json,
    Like,
    Open,
    ScriptSyntaxError,
    ServerClose,
    ServerMessage,
    Text,
    Wait,
    parse,
)


def kind(content):
    match content:
        case Text(text=text):
            return f"the text {text}"
        case Json(value=value):
            return f"the JSON value {value}"
        case Binary(data=data):
            return f"{len(data)} bytes"
        case Like() as pattern if pattern.fits("hello"):  # <--
            return "a text such as hello"
        case Like():
            return "another text"
        case Anything():
            return "any message"


def tell(line):
    match line:
        case Comment(text=text):
            return f"Note: {text}"
        case Open(path=path):
            return f"The client opens {path}."
        case Accept():
            return "The server accepts."
        case Deny(status=status):
            return f"The server denies with {status}."
        case ClientMessage(content=content):
            return f"The client sends {kind(content)}."
        case ServerMessage(content=content):
            return f"The server sends {kind(content)}."
        case Wait(seconds=seconds):
            return f"The client waits {seconds} s."
        case ClientClose(code=code) | ServerClose(code=code):
            return f"The close code is {code}."
        case Drop():
            return "The connection is cut."


async def read(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        try:
            script = parse(text)  # <--
        except ScriptSyntaxError as error:  # <--
            await websocket.send_json({"line": error.line, "column": error.column})
        else:
            await websocket.send_json([tell(line) for line in script.lines])


app = Duologue(routes=[WebSocketRoute("/read", read)])
