"""Coroutines that a plain call begins, and that a task continues if they have to wait.

Most servers take a message without waiting, and starting a task takes longer than sending. So
several sends are begun in one go, in the name of a task that waits for this purpose. If one has to
wait, the task continues it. Time limits and cancel scopes in it see one task and one context, from
beginning to end.

On trio, a task cannot act in the name of another one.
"""

import asyncio
import types
from asyncio import tasks
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, TypeAlias, TypeVar, cast

from duologue._concurrency.background import BackgroundTask

Begun: TypeAlias = tuple[Coroutine[Any, Any, None], Any]
"""A coroutine that has to wait, and what for."""

_T = TypeVar("_T")

# What asyncio has for those who run coroutines themselves ("Extending", in its documentation).
_enter_task = tasks._enter_task  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
_leave_task = tasks._leave_task  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def as_coroutine(awaitable: Awaitable[None]) -> Coroutine[Any, Any, None]:
    """Return what can be begun by `send(None)`, in the name of a carrier."""
    if type(awaitable) is types.CoroutineType:
        return cast("Coroutine[Any, Any, None]", awaitable)
    return _wait_for(awaitable)


async def _wait_for(awaitable: Awaitable[None]) -> None:
    await awaitable


class Carrier:
    """A task of asyncio, in whose name something is begun, and which may carry it on, once.

    Attributes:
        task: The task. It is cancelled when it is not needed any more.
        ready: Whether something can be begun.
    """

    __slots__ = ("_begun", "_context", "_own", "_then", "_wake", "ready", "task")

    _own: "asyncio.Task[Any]"
    _wake: "asyncio.Future[None]"
    _then: Callable[[Awaitable[None]], Coroutine[Any, Any, None]]

    def __init__(self) -> None:
        self.ready = False
        self._begun: Begun | None = None
        self._context: Context = copy_context()
        self.task = BackgroundTask()
        self.task.start(self._run, self._context)

    def act(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Call a function in the name of this task."""
        loop, current = self._own.get_loop(), asyncio.current_task()
        self.ready = False
        if current is not None:
            _leave_task(loop, current)
        try:
            _enter_task(loop, self._own)
            try:
                return self._context.run(function, *arguments)
            finally:
                _leave_task(loop, self._own)
        finally:
            if current is not None:
                _enter_task(loop, current)
            self.ready = True

    def carry_on(
        self, begun: Begun, then: Callable[[Awaitable[None]], Coroutine[Any, Any, None]]
    ) -> BackgroundTask:
        """Continue a coroutine that was begun in the name of this task.

        Args:
            begun: The coroutine.
            then: Awaits the rest of it, and may then do more. It must raise nothing but
                cancellation.

        Returns:
            The task that does so.
        """
        self.ready = False
        self._begun = begun
        self._then = then
        self._wake.set_result(None)
        return self.task

    async def _run(self) -> None:
        self._wake = asyncio.get_running_loop().create_future()
        self._own = cast("asyncio.Task[Any]", asyncio.current_task())
        self.ready = True
        cancellation: BaseException | None = None
        try:
            await self._wake
        except asyncio.CancelledError as error:
            self.ready = False
            if self._begun is None:
                raise
            cancellation = error
        await self._then(_go_on(*cast("Begun", self._begun), cancellation))


@types.coroutine
def _go_on(
    coroutine: Coroutine[Any, Any, None], waits_for: Any, error: BaseException | None
) -> Generator[Any, Any, None]:
    """Continue a coroutine from where it waits, as `yield from` does from its beginning."""
    while True:
        if error is None:
            try:
                yield waits_for
            except BaseException as thrown:  # noqa: BLE001 - it goes into the coroutine
                error = thrown
        try:
            if error is None:
                waits_for = coroutine.send(None)
            else:
                thrown_in, error = error, None
                waits_for = coroutine.throw(thrown_in)
        except StopIteration:
            return
