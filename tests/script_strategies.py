"""Any script that keeps the rules."""

from hypothesis import strategies as st

from duologue.scripts import (
    ANY,
    Accept,
    Binary,
    ClientClose,
    ClientMessage,
    Comment,
    Deny,
    Drop,
    Json,
    Like,
    Open,
    Script,
    ServerClose,
    ServerMessage,
    Text,
    Wait,
)

TOKEN_CHARACTERS = "!#$%&'*+.^_`|~0123456789abcdefghijklmnopqrstuvwxyz-"
LATIN = [chr(code) for code in range(1, 256) if chr(code) not in "\r\n"]
HANDSHAKE = {
    "connection",
    "upgrade",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "subprotocols",
}

strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
varying = st.just(ANY) | st.builds(Like, strings)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | strings
)


def values(inside):
    return st.recursive(
        inside,
        lambda each: st.lists(each, max_size=3) | st.dictionaries(strings, each, max_size=3),
        max_leaves=8,
    )


def messages(inside):
    in_text = values(inside).filter(lambda value: not isinstance(value, (str, Like, type(ANY))))
    return (
        st.builds(Text, strings)
        | st.builds(Binary, st.binary(max_size=20))
        | st.builds(Json, in_text)
        | st.builds(Json, values(inside), st.just(True))
    )


sent = messages(leaves)
expected = messages(leaves | varying) | varying
bodies = expected.filter(lambda content: not getattr(content, "binary", False))
tokens = st.text(TOKEN_CHARACTERS, min_size=1, max_size=10)
names = tokens.filter(lambda name: name not in HANDSHAKE)
header_texts = st.text(st.sampled_from(LATIN), max_size=15)
request_headers = st.lists(st.tuples(names, header_texts), max_size=3).map(tuple)
expected_headers = st.lists(st.tuples(names, header_texts | varying), max_size=3).map(tuple)
response_headers = st.lists(st.tuples(tokens, header_texts | varying), max_size=3).map(tuple)
paths = st.text([chr(code) for code in range(33, 127) if chr(code) != "#"], max_size=20).map(
    lambda rest: f"/{rest}"
)
sendable = st.integers(1000, 1003) | st.integers(1007, 1014) | st.integers(3000, 4999)
reasons = strings.filter(lambda reason: len(reason.encode()) <= 123)
comments = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r")).map(
    lambda text: Comment(text.strip(" \t"))
)


@st.composite
def conversations(draw, client):
    """The lines of one client: one conversation, or several after each other."""
    me = st.just(client)
    lines = [
        draw(st.builds(Open, me, paths, request_headers, st.lists(tokens, unique=True).map(tuple)))
    ]
    lines += draw(st.lists(st.builds(Wait, me, waits), max_size=1))
    if draw(st.booleans()):
        lines.append(
            draw(st.builds(Deny, me, st.integers(200, 599), response_headers, st.none() | bodies))
        )
    else:
        lines.append(draw(st.builds(Accept, me, st.just("") | tokens, expected_headers)))
        line = (
            st.builds(ClientMessage, me, sent)
            | st.builds(ServerMessage, me, expected)
            | st.builds(Wait, me, waits)
        )
        lines += draw(st.lists(line, max_size=4))
        lines.append(
            draw(
                st.builds(ClientClose, me)
                | st.builds(ClientClose, me, sendable, reasons)
                | st.builds(ServerClose, me, sendable, reasons | varying)
                | st.builds(ServerClose, me, st.sampled_from([1005, 1006]))
                | st.builds(Drop, me)
            )
        )
    return lines + (draw(conversations(client)) if draw(st.integers(0, 4)) == 4 else [])


waits = st.floats(0, 3600, exclude_min=True)
clients = st.just([""]) | st.lists(
    st.sampled_from(["ada", "bob", "_", "영희", "小明"]), min_size=1, unique=True
)


@st.composite
def scripts(draw):
    """Any script: the conversations of its clients, mixed, with comments between the lines."""
    left = [draw(conversations(client)) for client in draw(clients)]
    lines = []
    while any(left):
        chosen = draw(st.sampled_from([lines for lines in left if lines]))
        lines.append(chosen.pop(0))
        lines += draw(st.lists(comments, max_size=1))
    return Script(tuple(lines))
