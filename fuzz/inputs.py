"""Inputs that nobody wrote, guided by which code they reach (atheris).

    python -m fuzz.inputs scripts -max_total_time=60

Each target takes bytes, and raises where something does not hold. The options are libFuzzer's.
"""

import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import atheris

with atheris.instrument_imports(include=["duologue"]):
    from duologue._asgi.protocol import encode_headers
    from duologue.datastructures import URL, Headers, QueryParams
    from duologue.origins import AllowedOrigins
    from duologue.routing._paths import PathTemplate
    from duologue.scripts import ScriptSyntaxError, parse

Provider = atheris.FuzzedDataProvider
TEXT = 1 << 12  # characters of an input at most


def scripts(data: Provider) -> None:
    """A script is refused with a place and a reason, or means the same when it is written down."""
    text = data.ConsumeUnicode(TEXT)
    try:
        script = parse(text)
    except ScriptSyntaxError as error:
        assert str(error), "an error without words"
        return
    written = str(script)
    assert parse(written) == script, "what is written down means something else"
    assert str(parse(written)) == written, "what is written down is not in its canonical form"


def headers(data: Provider) -> None:
    """Headers that are let through cannot end a line, and come back as they are."""
    given = [(data.ConsumeUnicode(8), data.ConsumeUnicode(20)) for _ in range(3)]
    try:
        raw = encode_headers(given)
    except ValueError:
        return
    for name, value in raw:
        assert name and not set(name) - set(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
        assert not set(value) & set(b"\r\n\0"), "a value that ends the line"
    assert [(n.lower(), v) for n, v in given] == Headers(raw=raw).multi_items()


def origins(data: Provider) -> None:
    """An origin that is let in has the scheme and the host that were allowed."""
    allowed, origin = data.ConsumeUnicode(30), data.ConsumeUnicode(40)
    try:
        origins = AllowedOrigins([allowed])
    except ValueError:
        return
    if not origins.allow(origin) or allowed in {"*", origin}:
        return
    scheme, _, rest = allowed.lower().partition("://")
    assert origin.lower().startswith(f"{scheme}://"), "another scheme"
    host = rest.removeprefix("*").rpartition(":")[0] or rest.removeprefix("*")
    try:
        found = urlsplit(origin).hostname or ""
    except ValueError:
        return  # the standard library knows less names
    assert "*" in host or found.endswith(host.strip("[].")), "another host"


def urls(data: Provider) -> None:
    """The URL of a connection is the client's, whose parts cannot run into each other."""
    scope = {
        "type": "websocket",
        "scheme": data.PickValueInList(["ws", "wss"]),
        "path": data.ConsumeUnicode(20),
        "query_string": data.ConsumeBytes(20),
        "headers": [(b"host", data.ConsumeBytes(20))],
    }
    url = URL.from_scope(scope)
    assert url.scheme == scope["scheme"]
    assert not set(url) & set(" \r\n\t"), "a character that no URL has"
    assert not url.fragment and url.username is None, "a part that the client did not ask for"
    text = data.ConsumeUnicode(60)
    for broken in (URL(text), url, URL(url.replace(hostname="example.org"))):
        for part in ("scheme", "netloc", "path", "query", "hostname", "port", "username"):
            getattr(broken, part)
        repr(broken)


def paths(data: Provider) -> None:
    """A template is refused at the start, or matches what it fills in."""
    try:
        template = PathTemplate("/" + data.ConsumeUnicode(40))
    except ValueError:
        return
    matched = template.match("/" + data.ConsumeUnicode(TEXT))
    if matched is not None:
        try:
            filled = template.fill(matched)
        except ValueError:
            return  # several parameters shared the text in another way
        assert template.match(filled) == matched, "what is filled in is read as something else"


def queries(data: Provider) -> None:
    """A query has pairs, which are the same when they are written down."""
    params = QueryParams(data.ConsumeBytes(60))
    assert QueryParams(str(params)).multi_items() == params.multi_items()


TARGETS: dict[str, Callable[[Provider], None]] = {
    target.__name__: target for target in (scripts, headers, origins, urls, paths, queries)
}


def main() -> None:
    """Fuzz the target that the first argument names."""
    name = sys.argv.pop(1)
    target = TARGETS[name]
    atheris.Setup(sys.argv, lambda data: target(Provider(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
