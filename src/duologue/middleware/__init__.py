"""Middleware: ASGI applications around another one, each for one task."""

from collections.abc import Callable, Iterator
from typing import Any

from duologue.types import ASGIApp

__all__ = ["Middleware"]


class Middleware:
    """A middleware class with its arguments, ready to be put around an application.

        Middleware(LimitMiddleware, limits=Limits(message_size=1024))

    Args:
        cls: A class or a function that takes an application as its first argument, and returns one.
        args: Its other arguments.
        kwargs: Its keyword arguments.

    Raises:
        TypeError: `cls` cannot be called.
    """

    __slots__ = ("args", "cls", "kwargs")

    def __init__(self, cls: Callable[..., ASGIApp], *args: Any, **kwargs: Any) -> None:
        if not callable(cls):
            raise TypeError(
                f"A middleware is a class or a function that takes an app, not {cls!r}."
            )
        self.cls = cls
        self.args = args
        self.kwargs = kwargs

    def __iter__(self) -> Iterator[Any]:
        return iter((self.cls, self.args, self.kwargs))

    def __repr__(self) -> str:
        name = getattr(self.cls, "__name__", repr(self.cls))
        options = [f"{key}={value!r}" for key, value in self.kwargs.items()]
        return f"Middleware({', '.join([name, *map(repr, self.args), *options])})"
