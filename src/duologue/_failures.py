"""What has failed, where several tasks can fail at once."""

from collections.abc import Iterator
from typing import cast

from duologue.exceptions import WebSocketDisconnect


def single_failure(error: Exception) -> Exception:
    """Take the failure out of a group, if it contains only one.

    A disconnect does not count if there is another failure: it can be raised in many tasks at once.
    """
    leaves = list(_leaves(error))
    failures = [leaf for leaf in leaves if not isinstance(leaf, WebSocketDisconnect)]
    return error if len(failures) > 1 else (failures or leaves)[0]


def _leaves(error: Exception) -> Iterator[Exception]:
    if isinstance(error, ExceptionGroup):
        group = cast("ExceptionGroup[Exception]", error)
        for part in group.exceptions:
            yield from _leaves(part)
    else:
        yield error
