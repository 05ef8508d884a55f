"""The route index: which routes a path may belong to, found without trying them one by one."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar, cast

_Route = TypeVar("_Route")

_Numbered = tuple[int, _Route]
_Table = dict[Any, list[_Numbered[_Route]]]
_KeyOf = Callable[[Sequence[str | None]], Any]


class RouteIndex(Generic[_Route]):
    """Routes by the texts between the slashes of their paths.

    Routes with texts at the same positions share a table. One lookup finds those that a path may
    belong to, however many there are.

    Args:
        routes: Each route with its segments, `None` for those that may be anything, and whether
            further segments may follow.
    """

    __slots__ = ("_alone", "_fixed", "_open")

    def __init__(self, routes: Iterable[tuple[_Route, Sequence[str | None], bool]]) -> None:
        shapes: dict[tuple[bool, int, tuple[int, ...]], _Table[_Route]] = {}
        for number, (route, segments, is_open) in enumerate(routes):
            # Every path begins with a slash: nothing stands before the first one.
            positions = tuple(at for at, text in enumerate(segments) if at and text is not None)
            table = shapes.setdefault((is_open, len(segments), positions), {})
            table.setdefault(_key_of(positions)(segments), []).append((number, route))
        # By the number of segments.
        self._fixed: dict[int, list[tuple[_KeyOf, _Table[_Route]]]] = {}
        self._open: list[tuple[int, _KeyOf, _Table[_Route]]] = []
        for (is_open, length, positions), table in shapes.items():
            if is_open:
                self._open.append((length, _key_of(positions), table))
            else:
                self._fixed.setdefault(length, []).append((_key_of(positions), table))
        # Where one table has all that a path may belong to, as in most applications.
        self._alone = {
            length: tables[0]
            for length, tables in self._fixed.items()
            if len(tables) == 1 and all(least > length for least, _, _ in self._open)
        }

    def candidates(self, path: str) -> Sequence[_Numbered[_Route]]:
        """Find the routes that the path may belong to; all others do not match it.

        Returns:
            The routes with their numbers, in the order in which they were given.
        """
        segments = path.split("/")
        length = len(segments)
        alone = self._alone.get(length)
        if alone is not None:
            key_of, table = alone
            return table.get(key_of(segments), ())
        found: list[_Numbered[_Route]] | None = None
        for key_of, table in self._fixed.get(length, ()):
            routes = table.get(key_of(segments))
            if routes is not None:
                found = routes if found is None else [*found, *routes]
        for least, key_of, table in self._open:
            if least <= length:
                routes = table.get(key_of(segments))
                if routes is not None:
                    found = routes if found is None else [*found, *routes]
        if found is None:
            return ()
        return found if len(found) == 1 else sorted(found, key=itemgetter(0))


def _key_of(positions: tuple[int, ...]) -> _KeyOf:
    if not positions:
        return _no_key
    return cast("_KeyOf", itemgetter(*positions))


def _no_key(_: Sequence[str | None]) -> None:
    return None
