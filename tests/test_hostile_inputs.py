"""What a client can send makes nobody busy for longer than its length warrants.

The time of the processor is compared, for a text and for one eight times as long. Where it grows
with the length it is eight times as much, and where it grows with the square, 64 times.

A processor that others share may be three times slower in one moment than in the next. So both
take turns until the fastest of each fit together. Where the time grows with the square, they never
do.
"""

import gc
import logging
import re
from time import thread_time

import pytest

from duologue._asgi.protocol import join_headers
from duologue.authorization import subprotocol_token
from duologue.connection import Connection
from duologue.datastructures import URL, Headers, QueryParams
from duologue.origins import AllowedOrigins, Origin, OriginMiddleware, TrustedProxies
from duologue.routing import Host, Mount, Router, WebSocketRoute
from duologue.scripts import ScriptSyntaxError, parse
from duologue.scripts.language.content import Like

LENGTH, TIMES, MOST = 4_000, 8, 32
TURNS = 30

# Each is repeated, and ends with what fits nowhere.
PARTS = [
    "a",
    "1",
    " ",
    "\t",
    ".",
    "-",
    "/",
    ":",
    ";",
    ",",
    '"',
    "\\",
    "%",
    "@",
    "*",
    "=",
    "[",
    "a=",
]
PARTS += ["a;", "a,", "::", "//", "ws://", 'host="', "for=", "\\*", '\\"', "https://", "{", "\xe9"]


async def endpoint(websocket):
    """Nobody comes here."""


async def application(scope, receive, send):
    """Nor here."""


async def receive():
    """Nothing is received."""


async def send(message):
    """Nor sent."""


def scope(**headers):
    return {
        "type": "websocket",
        "path": "/",
        "client": ("192.0.2.1", 5000),
        "headers": [
            (name.replace("_", "-").encode(), text.encode("latin-1"))
            for name, text in headers.items()
        ],
    }


def forwarded(**headers):
    found = scope(**headers)
    return TrustedProxies(["*"]).host(found, Headers(raw=found["headers"]))


def guard(**headers):
    GUARD.serve(scope(**headers), receive, send).close()


def script(text):
    with pytest.raises(ScriptSyntaxError):
        parse(text)


ALLOWED = AllowedOrigins(["https://*.example.com", "http://localhost:*"])
GUARD = OriginMiddleware(application, ["https://*.example.com"])
ROUTER = Router(
    [
        WebSocketRoute("/{a}-{b}-{c}/x", endpoint),
        Mount("/{a:int}{b:int}", routes=[WebSocketRoute("/{p:path}/{q:path}x", endpoint)]),
        Host("{a}.{b}.{c}.example.com", Router()),
    ]
)
READERS = {
    "origin": Origin.parse,
    "allowed origin": ALLOWED.allow,
    "same origin": lambda text: guard(origin=text, host=text),
    "remedy": lambda text: guard(origin="null", host="host", x_forwarded_for=text),
    "forwarded": lambda text: forwarded(forwarded=text),
    "forwarded host": lambda text: forwarded(x_forwarded_host=text),
    "cookies": lambda text: Connection(scope(cookie=text)).cookies,
    "subprotocols": lambda text: subprotocol_token(
        Connection({**scope(), "subprotocols": text.split(",")})
    ),
    "query": QueryParams,
    "url of a scope": lambda text: (
        Connection({**scope(host=text), "path": f"/{text}", "query_string": text.encode()}).url
    ),
    "parts of a url": lambda text: [URL(text).components, URL(text).port, repr(URL(text))],
    "query of a url": lambda text: URL(f"ws://host/?{text}").include_query_params(a=1),
    "routes": lambda text: [
        route.matches({**scope(host=text), "path": f"/{text}"}) for route in ROUTER.routes
    ],
    "candidates": lambda text: ROUTER._index("websocket").candidates(f"/{text}"),
    "script": script,
    "lines of a script": lambda text: script("> open /\n" + "\n".join(text)),
    "header of a script": lambda text: script(f"> open /\n  a: {text}\n  b"),
    "message of a script": lambda text: script(f"> open /\n< accept\n< {text}"),
    "body of a script": lambda text: script(f"> open /\n< deny 403\n\n {text}"),
    "like": Like("*a*1*=*").fits,
}


def seconds(read, argument):
    """The time of the processor, without that for what other tests have left behind."""
    gc.disable()
    try:
        began = thread_time()
        read(argument)
        return thread_time() - began
    finally:
        gc.enable()


def times(read, short, long):
    """How many times as long the long one takes, at the fastest of each."""
    fastest_short = fastest_long = float("inf")
    for turn in range(TURNS):
        fastest_short = min(fastest_short, max(seconds(read, short), 5e-5))
        fastest_long = min(fastest_long, seconds(read, long))
        if turn >= 2 and fastest_long <= MOST * fastest_short:
            break
    return fastest_long / fastest_short


@pytest.mark.parametrize("reader", READERS)
def test_a_longer_text_takes_longer_by_its_length_alone(reader, caplog):
    caplog.set_level(logging.CRITICAL, "duologue")  # what is refused is logged, as a whole
    for part in PARTS:
        count = LENGTH // len(part)
        short, long = (part * count * repeated + "\x01" for repeated in (1, TIMES))
        assert times(READERS[reader], short, long) <= MOST, part


@pytest.mark.parametrize(
    "read",
    [
        lambda count: script(
            "> open /\n  subprotocols: " + ", ".join(f"a{n}" for n in range(count)) + "\nend"
        ),
        lambda count: script("> open /\n" + "".join(f"  a{n}: b\n" for n in range(count)) + "end"),
        lambda count: script("".join(f"a{n}> open /\n" for n in range(count))),
        lambda count: join_headers([(b"a", b"b" * 20)] * count),
        lambda count: QueryParams("&".join(f"a{n}=1" for n in range(count))).getlist("a1"),
        lambda count: Connection(scope(cookie=";".join(f"a{n}=1" for n in range(count)))).cookies,
        lambda count: Headers(raw=[(b"a", b"b")] * count).getlist("a"),
    ],
)
def test_more_of_them_take_longer_by_their_number_alone(read):
    assert times(read, LENGTH, LENGTH * TIMES) <= MOST


def test_what_takes_longer_than_its_length_warrants_is_found():
    by_the_cube = re.compile("a*a*b")
    assert times(by_the_cube.search, "a" * 40, "a" * 40 * TIMES) > MOST
