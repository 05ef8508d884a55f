import errno
import os
import threading
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import anyio
import pytest
from patience import MOMENT

from duologue.datastructures import URL, Headers
from duologue.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

HTTP = {"type": "http", "method": "GET"}
HEAD = {"type": "http", "method": "HEAD"}
WEBSOCKET = {"type": "websocket"}


async def never():
    raise AssertionError("a response receives nothing")


async def answer(response, scope=HTTP):
    """Send a response; return its status, its headers and the messages of its body."""
    messages = []

    async def send(message):
        messages.append(message)

    with anyio.fail_after(MOMENT):
        await response(scope, never, send)
    start, *parts = messages
    prefix = "websocket." if scope["type"] == "websocket" else ""
    assert start["type"] == f"{prefix}http.response.start"
    assert {part["type"] for part in parts} == {f"{prefix}http.response.body"}
    assert [part["more_body"] for part in parts] == [True] * (len(parts) - 1) + [False]
    return start["status"], Headers(raw=start["headers"]), [part["body"] for part in parts]


# Every response


@pytest.mark.parametrize("scope", [HTTP, WEBSOCKET])
async def test_a_response_has_status_headers_and_body(scope):
    response = Response("Zoë", 403, {"X-Reason": "none"}, "text/plain")
    status, headers, body = await answer(response, scope)
    assert status == 403
    assert headers.multi_items() == [
        ("x-reason", "none"),
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", "4"),
    ]
    assert body == ["Zoë".encode()]


async def test_a_response_is_empty_by_default():
    status, headers, body = await answer(Response())
    assert (status, dict(headers), body) == (200, {"content-length": "0"}, [b""])


@pytest.mark.parametrize(
    "content", ["text", b"text", bytearray(b"text"), memoryview(b"text"), memoryview(b"text")[:]]
)
def test_content_is_a_str_or_a_buffer(content):
    assert Response(content).body == b"text"


@pytest.mark.parametrize("content", [5, ["text"], {"a": 1}, object()])
def test_other_content_is_a_type_error(content):
    with pytest.raises(TypeError, match=r"is str or bytes, not .*; use JSONResponse for other"):
        Response(content)


@pytest.mark.parametrize("status_code", [101, 204, 304])
def test_a_status_without_a_body_has_no_length(status_code):
    assert Response(status_code=status_code).raw_headers == []


def test_headers_that_are_given_stay():
    response = Response("x", headers={"Content-Length": "5", "Content-Type": "a/b"})
    assert response.raw_headers == [(b"content-length", b"5"), (b"content-type", b"a/b")]


@pytest.mark.parametrize(
    ("media_type", "content_type"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv; charset=latin-1", "text/csv; charset=latin-1"),
        ("image/png", "image/png"),
    ],
)
def test_text_has_a_charset(media_type, content_type):
    assert Response(media_type=media_type).headers["content-type"] == content_type


def test_headers_can_be_changed_until_the_response_is_sent():
    response = Response("x")
    response.headers["X-Name"] = "1"
    response.headers.append("x-name", "2")
    assert response.raw_headers[1:] == [(b"x-name", b"1"), (b"x-name", b"2")]


def test_a_response_does_not_change_the_headers_it_is_given():
    given = {"x": "1"}
    Response("x", headers=given).headers["y"] = "2"
    assert given == {"x": "1"}


def test_headers_of_the_same_name_are_kept():
    given = Headers([("vary", "a"), ("vary", "b")])
    assert Response(headers=given).headers.getall("vary") == ["a", "b"]


@pytest.mark.parametrize(
    "make",
    [
        lambda path: Response("text"),
        lambda path: StreamingResponse(["te", "xt"], headers={"content-length": "4"}),
        lambda path: FileResponse(path),
    ],
)
async def test_who_asks_for_the_head_gets_no_body(make, tmp_path):
    path = tmp_path / "file"
    path.write_text("text")
    status, headers, body = await answer(make(path), HEAD)
    assert status == 200
    assert headers["content-length"] == "4"
    assert body == [b""]


# The kinds


def test_a_plain_text_response_is_plain_text():
    response = PlainTextResponse("hello")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_an_html_response_is_html():
    response = HTMLResponse("<p>hello")
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_a_json_response_is_json():
    response = JSONResponse({"안녕": [1, None]}, 201)
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    assert response.body == '{"안녕":[1,null]}'.encode()
    assert JSONResponse(None).body == b"null"


def test_a_json_response_has_no_numbers_that_json_lacks():
    with pytest.raises(ValueError):
        JSONResponse(float("nan"))


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/login?next=/ws#top", "/login?next=/ws#top"),
        (URL("https://h:8443/[x]%20"), "https://h:8443/[x]%20"),
        ("/로그인 x\r\n", "/%EB%A1%9C%EA%B7%B8%EC%9D%B8%20x%0D%0A"),
    ],
)
def test_a_redirect_says_where_to(url, location):
    response = RedirectResponse(url)
    assert response.status_code == 307
    assert response.headers["location"] == location
    assert response.headers["content-length"] == "0"


def test_a_redirect_may_have_another_status():
    response = RedirectResponse("/", 303, {"x": "1"})
    assert response.status_code == 303
    assert response.headers["x"] == "1"


# Streams


async def slowly(*parts):
    for part in parts:
        await anyio.lowlevel.checkpoint()
        yield part


@pytest.mark.parametrize("scope", [HTTP, WEBSOCKET])
@pytest.mark.parametrize(
    "make", [lambda: ["Zoë", b"\xff", ""], lambda: iter(["Zoë", b"\xff", ""]), None]
)
async def test_a_stream_comes_in_parts(make, scope):
    content = make() if make else slowly("Zoë", b"\xff", "")
    status, headers, body = await answer(StreamingResponse(content, 403, media_type="a/b"), scope)
    assert status == 403
    assert dict(headers) == {"content-type": "a/b"}
    assert body == ["Zoë".encode(), b"\xff", b"", b""]


async def test_a_stream_may_be_empty():
    assert (await answer(StreamingResponse([])))[2] == [b""]


async def test_a_stream_may_be_any_asynchronous_iterable():
    class Countdown:
        left = 2

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return str(self.left)

    assert (await answer(StreamingResponse(Countdown())))[2] == [b"1", b"0", b""]


async def test_what_a_stream_raises_is_raised():
    def broken():
        yield "one"
        raise LookupError

    with pytest.raises(LookupError):
        await answer(StreamingResponse(broken()))


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_a_stream_is_closed_where_the_client_has_gone(asynchronous):
    closed = threading.Event()

    async def endless():
        try:
            while True:
                yield "part"
        finally:
            await anyio.lowlevel.checkpoint()
            closed.set()

    def blocking():
        try:
            while True:
                yield "part"
        finally:
            closed.set()

    sent = []

    async def send(message):
        sent.append(message)
        if len(sent) == 3:
            raise OSError(errno.EPIPE, "gone")

    response = StreamingResponse(endless() if asynchronous else blocking())
    with anyio.fail_after(MOMENT), pytest.raises(OSError, match="gone"):
        await response(HTTP, never, send)
    response.content = None
    # A thread may hold an iterator a moment longer than we do.
    assert await anyio.to_thread.run_sync(closed.wait, MOMENT)


# Files


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "page.html"
    path.write_bytes(b"<p>hello")
    os.utime(path, (0, 1_700_000_000))
    return path


@pytest.mark.parametrize("scope", [HTTP, WEBSOCKET])
async def test_a_file_is_sent_with_what_is_known_of_it(file, scope):
    status, headers, body = await answer(FileResponse(file, 403, {"X": "1"}), scope)
    etag = headers["etag"]
    assert status == 403
    assert headers.multi_items() == [
        ("x", "1"),
        ("content-type", "text/html; charset=utf-8"),
        ("content-length", "8"),
        ("last-modified", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ("etag", etag),
    ]
    assert etag.startswith('"')
    assert etag.endswith('"')
    assert b"".join(body) == b"<p>hello"


async def test_a_large_file_comes_in_parts(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(bytes(150_000))
    _, headers, body = await answer(FileResponse(str(path)))
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-length"] == "150000"
    assert [len(part) for part in body] == [65536, 65536, 18928, 0]


async def test_a_file_is_looked_at_each_time_it_is_sent(file):
    response = FileResponse(file)
    _, first, _ = await answer(response)
    file.write_bytes(b"<p>hello again")
    _, second, body = await answer(response)
    assert second["content-length"] == "14"
    assert second["etag"] != first["etag"]
    assert b"".join(body) == b"<p>hello again"


async def test_headers_of_a_file_that_are_given_stay(file):
    response = FileResponse(file, headers={"etag": '"1"'}, media_type="text/plain")
    _, headers, _ = await answer(response)
    assert headers.getall("etag") == ['"1"']
    assert headers["content-type"] == "text/plain; charset=utf-8"


async def test_a_file_can_be_saved_under_another_name(file):
    _, headers, _ = await answer(FileResponse(file, filename='설정 "1".json'))
    assert headers["content-type"] == "application/json"
    assert headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%EC%84%A4%EC%A0%95%20%221%22.json"
    )


@pytest.mark.parametrize("name", ["missing.txt", "."])
async def test_what_is_no_file_is_an_error_before_anything_is_sent(tmp_path, name):
    sent = []

    async def send(message):
        sent.append(message)

    with pytest.raises(RuntimeError, match=r"^There is no file '.*' to answer with\.$"):
        await FileResponse(tmp_path / name)(HTTP, never, send)
    assert sent == []


# Cookies


@pytest.mark.parametrize(
    ("arguments", "header"),
    [
        ({}, "a=1; Path=/; SameSite=lax"),
        ({"path": None, "samesite": None}, "a=1"),
        ({"max_age": 0}, "a=1; Max-Age=0; Path=/; SameSite=lax"),
        ({"domain": "h", "samesite": "none"}, "a=1; Domain=h; Path=/; SameSite=none"),
        (
            {"secure": True, "httponly": True, "path": "/x", "samesite": "strict"},
            "a=1; HttpOnly; Path=/x; SameSite=strict; Secure",
        ),
        ({"expires": "never", "path": None, "samesite": None}, "a=1; expires=never"),
        (
            {"expires": datetime(2026, 1, 2, tzinfo=UTC), "path": None, "samesite": None},
            "a=1; expires=Fri, 02 Jan 2026 00:00:00 GMT",
        ),
        (
            {
                "expires": datetime(2026, 1, 2, 9, tzinfo=timezone(timedelta(hours=9))),
                "path": None,
                "samesite": None,
            },
            "a=1; expires=Fri, 02 Jan 2026 00:00:00 GMT",
        ),
    ],
)
def test_a_cookie_can_be_set(arguments, header):
    response = Response()
    response.set_cookie("a", "1", **arguments)
    assert response.headers["set-cookie"] == header


def test_several_cookies_can_be_set():
    response = Response()
    response.set_cookie("a", "1", path=None, samesite=None)
    response.set_cookie("b", "x; y", path=None, samesite=None)
    assert response.headers.getall("set-cookie") == ["a=1", r'b="x\073 y"']


def test_a_cookie_can_be_deleted():
    response = Response()
    response.delete_cookie("a", "/x", domain="h", secure=True, httponly=True, samesite="strict")
    value, *attributes = response.headers["set-cookie"].split("; ")
    assert value == 'a=""'
    named = dict(attribute.partition("=")[::2] for attribute in attributes)
    assert parsedate_to_datetime(named.pop("expires")) < datetime.now(UTC)
    assert named == {
        "Domain": "h",
        "HttpOnly": "",
        "Max-Age": "0",
        "Path": "/x",
        "SameSite": "strict",
        "Secure": "",
    }
