"""How an exception is copied and pickled whose class takes other arguments than it keeps."""

from typing import Any


def reduce_exception(error: Exception) -> tuple[Any, ...]:
    """Return what `__reduce__` of an exception returns, so that a copy needs no call of its class.

    A subclass may take other arguments than `args`, too.
    """
    return _make_again, (type(error), *error.args), error.__dict__


def _make_again(kind: type[Exception], *args: Any) -> Exception:
    return kind.__new__(kind, *args)
