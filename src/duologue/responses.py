"""HTTP responses: ASGI applications that answer a request, or deny a handshake."""

import hashlib
import mimetypes
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from email.utils import format_datetime
from http.cookies import SimpleCookie
from typing import Any, Literal
from urllib.parse import quote

import anyio
import anyio.to_thread
from anyio.lowlevel import checkpoint

from duologue._codec import write_json
from duologue.datastructures import URL, MutableHeaders
from duologue.types import Message, Receive, Scope, Send

_CHUNK_SIZE = 64 * 1024

_END: Any = object()


class Response:
    """An HTTP response: an ASGI application that sends the same response to every request.

    As a response to a handshake, it uses the Websocket Denial Response extension of ASGI.

    Args:
        content: The body; `str` is encoded as UTF-8.
        status_code: The HTTP status.
        headers: Headers; `content-length` and `content-type` are added if they are missing.
        media_type: The content type; `charset=utf-8` is added if it is text.
    """

    media_type: str | None = None
    charset = "utf-8"

    def __init__(
        self,
        content: Any = None,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        self._begin(status_code, headers, media_type)
        self.body = self.render(content)
        if status_code >= 200 and status_code not in {204, 304}:  # RFC 9110 section 8.6
            self.headers.setdefault("content-length", str(len(self.body)))

    def _begin(
        self, status_code: int, headers: Mapping[str, str] | None, media_type: str | None
    ) -> None:
        self.status_code = status_code
        self.headers = MutableHeaders(headers or {})
        self.media_type = media_type or self.media_type
        if self.media_type is not None:
            content_type = self.media_type
            if content_type.startswith("text/") and "charset=" not in content_type:
                content_type += f"; charset={self.charset}"
            self.headers.setdefault("content-type", content_type)

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as pairs of bytes, as in ASGI."""
        return self.headers.raw

    def render(self, content: Any) -> bytes:
        """Encode the content as the bytes of the body.

        Args:
            content: `str`, a buffer of bytes, or `None` for an empty body.

        Raises:
            TypeError: The content has another type.
        """
        if content is None:
            return b""
        if isinstance(content, str):
            return content.encode(self.charset)
        try:
            return bytes(memoryview(content))
        except TypeError:
            raise TypeError(
                f"The content of a response is str or bytes, not {type(content).__name__}; "
                "use JSONResponse for other values."
            ) from None

    def set_cookie(
        self,
        key: str,
        value: str = "",
        max_age: int | None = None,
        expires: datetime | str | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
    ) -> None:
        """Set a cookie in the client (RFC 6265 section 4.1).

        A denial response can set only one cookie.

        Args:
            key: The name.
            value: The value. Characters that are not possible in a cookie are quoted.
            max_age: After how many seconds the cookie expires.
            expires: When the cookie expires.
            path: The path that the cookie is sent to, including all paths below.
            domain: The domain that the cookie is sent to. The default is this host only.
            secure: Whether the cookie is sent over encrypted connections only.
            httponly: Whether the cookie is hidden from the JavaScript of a page.
            samesite: Which requests of other sites include the cookie: "lax", "strict" or "none".
        """
        cookie: SimpleCookie = SimpleCookie()
        cookie[key] = value
        morsel = cookie[key]
        if isinstance(expires, datetime):
            expires = format_datetime(expires.astimezone(UTC), usegmt=True)
        attributes = {
            "max-age": max_age,
            "expires": expires,
            "path": path,
            "domain": domain,
            "secure": secure or None,
            "httponly": httponly or None,
            "samesite": samesite,
        }
        morsel.update({name: str(what) for name, what in attributes.items() if what is not None})
        self.headers.append("set-cookie", morsel.OutputString())

    def delete_cookie(
        self,
        key: str,
        path: str = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
    ) -> None:
        """Delete a cookie in the client: an expired one replaces it."""
        self.set_cookie(
            key,
            max_age=0,
            expires=datetime.fromtimestamp(0, UTC),
            path=path,
            domain=domain,
            secure=secure,
            httponly=httponly,
            samesite=samesite,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to the request, or deny the handshake, that the scope describes."""
        await send(await self._start(scope))
        async with aclosing(self._bodies(scope)) as messages:
            async for message in messages:
                await send(message)

    async def _start(self, scope: Scope) -> Message:
        return {
            "type": _kind(scope, "http.response.start"),
            "status": self.status_code,
            "headers": self.raw_headers,
        }

    async def _bodies(self, scope: Scope) -> AsyncGenerator[Message, None]:
        kind = _kind(scope, "http.response.body")
        body = b"" if scope.get("method") == "HEAD" else self.body
        yield {"type": kind, "body": body, "more_body": False}


class PlainTextResponse(Response):
    """A response whose body is plain text."""

    media_type = "text/plain"


class HTMLResponse(Response):
    """A response whose body is an HTML page."""

    media_type = "text/html"


class JSONResponse(Response):
    """A response whose body is JSON.

    Args:
        content: A value that the standard library can write as JSON, without NaN and infinity.
        status_code: The HTTP status.
        headers: Headers.
        media_type: The content type. The default is `application/json`.
    """

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode the content as JSON."""
        return write_json(content).encode()


class RedirectResponse(Response):
    """A response that redirects the client to another URL.

    Args:
        url: The new URL. Characters that are not possible in a URL are percent-encoded.
        status_code: The HTTP status. The default is 307: the client repeats the method.
        headers: Further headers.
    """

    def __init__(
        self, url: str | URL, status_code: int = 307, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status_code=status_code, headers=headers)
        self.headers["location"] = quote(str(url), safe=":/%#?=@[]!$&'()*+,;")


class StreamingResponse(Response):
    """A response whose body comes in parts.

    Args:
        content: The parts, `str` or `bytes`, from an iterable or an asynchronous iterable. A plain
            iterable is read in a worker thread, so it may block.
        status_code: The HTTP status.
        headers: Headers.
        media_type: The content type.
    """

    def __init__(
        self,
        content: AsyncIterable[str | bytes] | Iterable[str | bytes],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        self._begin(status_code, headers, media_type)
        self.content = content

    async def _bodies(self, scope: Scope) -> AsyncGenerator[Message, None]:
        kind = _kind(scope, "http.response.body")
        if scope.get("method") != "HEAD":
            content = self.content
            parts = content if isinstance(content, AsyncIterable) else _iterate_in_thread(content)
            try:
                async for part in parts:
                    await checkpoint()  # an endless body can be cancelled, wherever it goes
                    yield {"type": kind, "body": self.render(part), "more_body": True}
            finally:
                # Else a generator would be left half-way if the client disconnects.
                if isinstance(parts, AsyncGenerator):
                    await parts.aclose()
        yield {"type": kind, "body": b"", "more_body": False}


class FileResponse(Response):
    """A response whose body is a file.

    Args:
        path: The path of the file. It is read when the response is sent.
        status_code: The HTTP status.
        headers: Headers. The length, date and `etag` of the file are added.
        media_type: The content type. By default it is guessed from the name of the file.
        filename: Tells the client to save the file under this name.

    Raises:
        RuntimeError: On sending: there is no such file. Nothing has been sent.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        filename: str | None = None,
    ) -> None:
        guessed = mimetypes.guess_type(filename or path)[0]
        self._begin(status_code, headers, media_type or guessed or "application/octet-stream")
        self.path = anyio.Path(path)
        if filename is not None:  # RFC 6266 section 4.3
            encoded = quote(filename, safe="")
            self.headers.setdefault(
                "content-disposition", f"attachment; filename*=UTF-8''{encoded}"
            )

    async def _start(self, scope: Scope) -> Message:
        try:
            found = await self.path.stat()
        except FileNotFoundError:
            found = None
        if found is None or not stat.S_ISREG(found.st_mode):
            raise RuntimeError(f"There is no file {str(self.path)!r} to answer with.")
        modified = datetime.fromtimestamp(found.st_mtime, UTC)
        tag = hashlib.sha256(f"{found.st_mtime_ns}-{found.st_size}".encode()).hexdigest()[:32]
        headers = self.headers.mutablecopy()  # the file may be another one the next time
        headers.setdefault("content-length", str(found.st_size))
        headers.setdefault("last-modified", format_datetime(modified, usegmt=True))
        headers.setdefault("etag", f'"{tag}"')
        return {**await super()._start(scope), "headers": headers.raw}

    async def _bodies(self, scope: Scope) -> AsyncGenerator[Message, None]:
        kind = _kind(scope, "http.response.body")
        if scope.get("method") != "HEAD":
            async with await self.path.open("rb") as file:
                while chunk := await file.read(_CHUNK_SIZE):
                    yield {"type": kind, "body": chunk, "more_body": True}
        yield {"type": kind, "body": b"", "more_body": False}


def _kind(scope: Scope, kind: str) -> str:
    return f"websocket.{kind}" if scope["type"] == "websocket" else kind


async def _iterate_in_thread(parts: Iterable[str | bytes]) -> AsyncIterator[str | bytes]:
    iterator = await anyio.to_thread.run_sync(iter, parts)
    # A default marks the end: StopIteration cannot pass through a coroutine.
    while (part := await anyio.to_thread.run_sync(next, iterator, _END)) is not _END:
        yield part
