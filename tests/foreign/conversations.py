"""The conversations that applications of other frameworks hold, as scripts.

Each says the same in every framework. What a framework cannot do is left out for it, with the
reason beside.
"""

from duologue.scripts import parse

FRAMEWORKS = (
    "starlette",
    "fastapi",
    "litestar",
    "lilya",
    "quart",
    "blacksheep",
    "falcon",
    "sanic",
    "channels",
)

ON_TRIO = {"starlette", "fastapi", "litestar", "lilya", "blacksheep"}
"""Frameworks that hold these conversations on trio; the others use asyncio themselves."""

CONVERSATIONS = {
    "echo": """\
> open /echo
< accept
> "hello"
< "hello"
> ""
< ""
> "한국 🌙"
< "한국 🌙"
> close 1000
""",
    "octets": """\
> open /octets
< accept
> 0x00ff
< 0x00ff
> close
""",
    "the client leaves": """\
> open /echo
< accept
> close 3000 "bye"
""",
    "the client is cut off": """\
> open /echo
< accept
> "hello"
< "hello"
> drop
""",
    "two clients": """\
ada> open /echo
bob> open /echo
ada< accept
bob< accept
bob> "from bob"
ada> "from ada"
ada< "from ada"
bob< "from bob"
ada> drop
bob> "still here"
bob< "still here"
bob> close
""",
    "the server closes": """\
> open /enough
< accept
> "x"
< close 4001 "enough"
""",
    "the client leaves before the server closes": """\
> open /enough
< accept
> close 1000
""",
    "refused": """\
> open /refuse
< deny 403
""",
    "denied": """\
> open /deny
< deny 401
    content-type: like "*"

    like "*no token*"
""",
    "a subprotocol": """\
> open /choose
    subprotocols: chat.v1, chat.v2
< accept chat.v2
< {"offered": ["chat.v1", "chat.v2"]}
> close 1000
""",
    "no subprotocol": """\
> open /choose
< accept
< {"offered": []}
> close 1000
""",
    "path, query and header": """\
> open /rooms/lobby?page=2
    x-user: ada
< accept
< {"room": "lobby", "page": "2", "user": "ada"}
> close 1000
""",
    "a header of the answer": """\
> open /rooms/lobby?page=2
    x-user: ada
< accept
    x-room: lobby
< any
> close 1000
""",
    "an exception: 1000": """\
> open /fail
< accept
< close 1000
""",
    "an exception: 1006": """\
> open /fail
< accept
< close 1006
""",
    "an exception: 1011": """\
> open /fail
< accept
< close 1011 any
""",
    "an exception: 4500": """\
> open /fail
< accept
< close 4500 any
""",
    "no route: 403": """\
> open /nothing
< deny 403
""",
    "no route: 404": """\
> open /nothing
< deny 404
""",
    "no route: 500": """\
> open /nothing
< deny 500
""",
    "invalid: 403": """\
> open /rooms/lobby
    x-user: ada
< deny 403
""",
}

NOT_HELD = {
    # It has no denials of its own: a close before accepting is all it can do.
    "denied": {"litestar", "lilya", "blacksheep", "falcon", "sanic", "channels"},
    # Over ASGI its close() does nothing, it has accepted before the handler begins, and it cannot
    # add a header.
    "the server closes": {"sanic"},
    "the client leaves before the server closes": {"sanic"},
    "refused": {"sanic"},
    "a header of the answer": {"sanic"},
    # An exception after accepting: some let it out, and the others close with a code of their own.
    "an exception: 1000": set(FRAMEWORKS) - {"quart"},
    "an exception: 1006": {"litestar", "quart", "blacksheep", "falcon"},
    "an exception: 1011": set(FRAMEWORKS) - {"blacksheep", "falcon"},
    "an exception: 4500": set(FRAMEWORKS) - {"litestar"},
    # An unknown path, in three ways.
    "no route: 403": {"lilya", "quart", "sanic", "channels"},
    "no route: 404": set(FRAMEWORKS) - {"quart"},
    "no route: 500": set(FRAMEWORKS) - {"lilya", "sanic", "channels"},
    # The others do not check parameters.
    "invalid: 403": set(FRAMEWORKS) - {"fastapi", "litestar"},
}


def holds(framework, name):
    """Tell whether an application of the framework holds a conversation."""
    return framework not in NOT_HELD.get(name, ())


def script_of(name):
    """Read one of the scripts."""
    return parse(CONVERSATIONS[name])
