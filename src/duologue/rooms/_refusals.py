"""Errors of Redis, in one line with its address and the remedy."""

import re
from typing import cast

from anyio import EndOfStream
from coredis.exceptions import (
    AuthenticationFailureError,
    AuthenticationRequiredError,
    AuthorizationError,
    BusyLoadingError,
    ReadOnlyError,
    RedisClusterError,
    RedisError,
)
from coredis.exceptions import ConnectionError as RedisConnectionError

_OLDEST = (6, 2)  # the version of Redis
_ANYTHING = ""

# What Redis answers, how its text begins, and what to do.
_REMEDIES: tuple[tuple[type[Exception], str, str], ...] = (
    (AuthenticationRequiredError, _ANYTHING, "Put a user and a password into the URL of the rooms"),
    (
        AuthenticationFailureError,
        _ANYTHING,
        "Correct the user and the password in the URL of the rooms",
    ),
    (AuthorizationError, _ANYTHING, "Give the user the rights that the page Rooms lists"),
    (RedisError, "The user executing", "Give the user the rights that the page Rooms lists"),
    (RedisError, "DB index", "Correct the number of the database in the URL of the rooms"),
    (ReadOnlyError, _ANYTHING, "Give the rooms the URL of the primary"),
    (RedisClusterError, _ANYTHING, "A history needs a Redis that is not a cluster"),
    (BusyLoadingError, _ANYTHING, "Try again when it has loaded its data"),
    (RedisError, "OOM", "Raise its maxmemory, or keep a shorter history"),
    (RedisError, "max number of clients", "Raise its maxclients"),
)

# Where a script has failed: it says nothing to who reads the line.
_PLACE_IN_SCRIPT = re.compile(r"[ .]*script: \w+, on @user_script:\d+")


class UnfitError(Exception):
    """The server is not a Redis that can carry rooms.

    Args:
        told: The reason.
        remedy: The remedy.
    """

    def __init__(self, told: str, remedy: str) -> None:
        super().__init__(told)
        self.remedy = remedy


def check_version(version: str | None) -> None:
    """Check what a server says it is.

    Raises:
        UnfitError: It is too old.
    """
    if tuple(int(each) for each in re.findall(r"\d+", version or "")[:2]) < _OLDEST:
        needed = ".".join(map(str, _OLDEST))
        raise UnfitError(
            f"it is version {version}, and rooms need {needed} or newer",
            "Start one, or correct the URL of the rooms",
        )


def check_role(hello: dict[bytes, object]) -> None:
    """Check what part a server plays, by its answer to `HELLO`.

    A replica passes on only the messages of its primary, and stores nothing itself.

    Raises:
        UnfitError: It is a replica, or a Sentinel.
    """
    if hello.get(b"role") == b"replica":
        raise UnfitError("it is a replica", "Give the rooms the URL of the primary")
    if hello.get(b"mode") == b"sentinel":
        raise UnfitError("it is a Sentinel", "Give the rooms the URL of the primary")


def explain(error: BaseException | None, address: str, remedy: str | None = None) -> str:
    """Tell in one line what has failed, first of all, and what to do about it.

    Args:
        error: The error that was raised.
        address: The address of Redis.
        remedy: The remedy if Redis cannot be reached, if there is one.
    """
    first = error
    while first is not None:
        error, first = first, _cause(first)
    told = _PLACE_IN_SCRIPT.sub("", " ".join(str(error).split())) or type(error).__name__
    what = f"Redis cannot be reached at {address}"
    if isinstance(error, UnfitError):
        what, remedy = f"Redis at {address} cannot be used", error.remedy
    elif isinstance(error, TimeoutError):
        told = "no answer in time"
    elif isinstance(error, EndOfStream | ConnectionResetError | BrokenPipeError):
        # With too many clients, it says so before, but coredis may keep that to itself.
        told = "it has closed the connection"
        remedy = remedy and "Raise its maxclients, or correct the URL of the rooms"
    else:
        known = _remedy(error, told)
        if known is not None or _is_answer(error):
            what, remedy = f"Redis at {address} refuses", known
    told = told.removesuffix(".")
    return f"{what}: {told}" if remedy is None else f"{what}: {told}. {remedy}."


def _remedy(error: BaseException | None, told: str) -> str | None:
    for kind, beginning, remedy in _REMEDIES:
        if isinstance(error, kind) and told.startswith(beginning):
            return remedy
    return None


def _is_answer(error: BaseException | None) -> bool:
    """Whether it was Redis that has said so."""
    return isinstance(error, RedisError) and not isinstance(error, RedisConnectionError)


def _cause(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        return cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error.__cause__
