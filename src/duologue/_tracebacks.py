"""Tracebacks of applications, without the calls of this library that lead there."""

import contextlib
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException

LIBRARY = str(Path(__file__).parent)
"""The folder of this library, where its own calls are."""


def tell_failure(error: BaseException) -> str:
    """Format an exception of an application, with its traceback from its own code on.

    An error that this library raises on purpose says what to do: one line is enough.
    """
    shown = TracebackException.from_exception(error)
    on_purpose = bool(shown.stack) and (shown.stack[-1].line or "").startswith("raise ")
    if not _cut(shown) and on_purpose:
        return f"{type(error).__name__}: {error}"
    return "".join(shown.format()).rstrip()


def _cut(shown: TracebackException) -> bool:
    """Leave out the calls before the application's own; return whether there are any of those."""
    own = list(shown.stack)
    while own and _is_ours(own[0]):
        own.pop(0)
    if own:
        shown.stack = StackSummary.from_list(own)
    context = None if shown.__suppress_context__ else shown.__context__
    others = [shown.__cause__, context, *(shown.exceptions or [])]
    return any([bool(own), *(_cut(each) for each in others if each is not None)])


def _is_ours(frame: FrameSummary) -> bool:
    return frame.filename.startswith(LIBRARY) or frame.filename == contextlib.__file__
