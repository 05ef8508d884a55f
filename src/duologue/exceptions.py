"""Exceptions: what can go wrong on a connection, and which side has caused it.

- The client has disconnected: `WebSocketDisconnect`.
- The application uses the object wrongly: `WebSocketStateError`.
- The application wants to close the connection: `WebSocketException`, or `HTTPException` before the
  connection is accepted.
- The client sent a message that the application did not ask for: `UnsupportedDataError`,
  `InvalidPayloadError`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from duologue import status
from duologue._copies import reduce_exception

_PHRASES = {int(member): member.phrase for member in HTTPStatus}


class WebSocketDisconnect(Exception):  # noqa: N818 - the name that the field knows
    """The client has disconnected: nothing can be received from it or sent to it any more.

    Once the client has disconnected, all methods that receive or send raise it, with the first code
    and reason that were seen.

    Args:
        code: The close code. It is 1005 if the client sent none, and 1006 if the connection was
            lost without a close frame (RFC 6455 section 7.1.5).
        reason: The reason that the client sent; `None` means empty.
    """

    def __init__(
        self, code: int = status.WS_1000_NORMAL_CLOSURE, reason: str | None = None
    ) -> None:
        self.code = code
        self.reason = reason or ""
        super().__init__(code, self.reason)

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_exception(self)

    def __str__(self) -> str:
        return f"{self.code} {self.reason}".rstrip()


class WebSocketStateError(RuntimeError):
    """The application did something that the state of the connection does not allow.

    It is a mistake in the program: the message names the mistake and what to call instead.
    """


class WebSocketException(Exception):  # noqa: N818 - the name that the field knows
    """Raise it to close the connection with this close code.

    Args:
        code: The close code to send.
        reason: The reason to send, at most 123 bytes of UTF-8; `None` means empty.
    """

    def __init__(self, code: int, reason: str | None = None) -> None:
        self.code = code
        self.reason = reason or ""
        super().__init__(code, self.reason)

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_exception(self)

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, reason={self.reason!r})"


class UnsupportedDataError(WebSocketException):
    """A message of the wrong kind was received: text instead of binary, or binary instead of text.

    If it is not caught, the connection is closed with 1003 (RFC 6455 section 7.4.1).
    """

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(status.WS_1003_UNSUPPORTED_DATA, reason)


class InvalidPayloadError(WebSocketException, ValueError):
    """A message of the right kind was received, but it is not JSON.

    If it is not caught, the connection is closed with 1007 (RFC 6455 section 7.4.1).
    """

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(status.WS_1007_INVALID_FRAME_PAYLOAD_DATA, reason)


class HTTPException(Exception):  # noqa: N818 - the name that the field knows
    """Raise it before accepting, to deny the handshake with this HTTP status.

    Args:
        status_code: The HTTP status of the response.
        detail: The body. The default is the standard phrase of the status.
        headers: Headers of the response.
    """

    def __init__(
        self,
        status_code: int,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if not isinstance(status_code, int):
            raise TypeError(f"The status of an answer is an int, not {status_code!r}.")
        if detail is not None and not isinstance(detail, str):
            raise TypeError(
                f"The detail is a str, not {detail!r}. For a body of another kind, call "
                "send_denial_response() with a JSONResponse."
            )
        self.status_code = status_code
        self.detail = _PHRASES.get(status_code, "") if detail is None else detail
        self.headers = headers
        super().__init__(status_code, self.detail)

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_exception(self)

    def __str__(self) -> str:
        return f"{self.status_code}: {self.detail}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(status_code={self.status_code!r}, detail={self.detail!r})"
