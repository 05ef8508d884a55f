"""Headers and query parameters: names and values in order; names may repeat."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast, overload
from urllib.parse import parse_qsl, quote, urlencode

from multidict import CIMultiDict, MultiDict

from duologue._asgi.protocol import RawHeaders, header_bytes
from duologue.datastructures._urls import QUERY_SAFE

T = TypeVar("T")

_MISSING: Any = object()


class _Pairs(Mapping[str, str]):
    """Names and values in order; names may repeat. It cannot be changed."""

    __slots__ = ()

    @property
    @abstractmethod
    def _multidict(self) -> MultiDict[str]: ...

    def getlist(self, key: str) -> list[str]:
        """Return all values of the name, an empty list if there are none."""
        return list(self._multidict.getall(key, ()))

    @overload
    def getall(self, key: str) -> list[str]: ...
    @overload
    def getall(self, key: str, default: T) -> list[str] | T: ...
    def getall(self, key: str, default: Any = _MISSING) -> Any:
        """Return all values of the name.

        Raises:
            KeyError: There are none, and no default is given.
        """
        if default is _MISSING:
            return self._multidict.getall(key)
        return self._multidict.getall(key, default)

    @overload
    def getone(self, key: str) -> str: ...
    @overload
    def getone(self, key: str, default: T) -> str | T: ...
    def getone(self, key: str, default: Any = _MISSING) -> Any:
        """Return the first value of the name.

        Raises:
            KeyError: There is none, and no default is given.
        """
        if default is _MISSING:
            return self._multidict.getone(key)
        return self._multidict.getone(key, default)

    def multi_items(self) -> list[tuple[str, str]]:
        """Return all pairs of a name and a value, in order."""
        return list(self._multidict.items())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._multidict

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        # Only the order of what has the same name means something.
        return sorted(self.multi_items(), key=_name) == sorted(other.multi_items(), key=_name)


def _name(pair: tuple[str, str]) -> str:
    return pair[0]


def _is_latin(text: str) -> bool:
    return not text or ord(max(text)) < 0x100


def _pairs_of(
    given: Mapping[str, str] | Iterable[tuple[str, str]],
) -> Iterable[tuple[str, str]]:
    if isinstance(given, _Pairs):
        return given.multi_items()
    if isinstance(given, Mapping):
        return cast("Mapping[str, str]", given).items()
    return given


class Headers(_Pairs):
    """The headers of a request or response, with case-insensitive names that may repeat.

    `headers["x"]` is the first value of the name. Iteration, `len`, `keys`, `values` and `items`
    include every pair, with names in lower case.

    Args:
        headers: A mapping, or pairs of a name and a value.
        raw: Instead, pairs of bytes as in ASGI. They are decoded as latin-1.
    """

    __slots__ = ("_decoded", "_undecoded")

    # The pairs as they were given in bytes, until more than one of them is asked for.
    _undecoded: list[tuple[bytes, bytes]] | None
    _decoded: CIMultiDict[str]

    def __init__(
        self,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        raw: Iterable[tuple[bytes, bytes]] | None = None,
    ) -> None:
        if raw is not None:
            self._undecoded = list(raw)
            return
        self._undecoded = None
        self._decoded = CIMultiDict([(name.lower(), value) for name, value in _pairs_of(headers)])

    @property
    def _multidict(self) -> CIMultiDict[str]:
        if self._undecoded is not None:
            self._decoded = CIMultiDict(
                [
                    (name.decode("latin-1").lower(), value.decode("latin-1"))
                    for name, value in self._undecoded
                ]
            )
            self._undecoded = None
        return self._decoded

    @property
    def raw(self) -> RawHeaders:
        """The headers as pairs of bytes, as in ASGI.

        Raises:
            ValueError: A name or a value was given as text, and contains characters that are not in
                latin-1.
        """
        return [(header_bytes(name), header_bytes(value)) for name, value in self.multi_items()]

    def mutablecopy(self) -> "MutableHeaders":
        """Return a copy that can be changed."""
        return MutableHeaders(self.multi_items())

    # Lists as in Starlette, and no views: they can be indexed, and written as JSON.

    def keys(self) -> list[str]:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the names, one for each pair."""
        return list(self)

    def values(self) -> list[str]:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
        """Return all values, in order."""
        return list(self._multidict.values())

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
        """Return all pairs, in order."""
        return self.multi_items()

    def __repr__(self) -> str:
        pairs = self.multi_items()
        shown = repr(pairs)
        if len(dict(pairs)) == len(pairs):
            shown = repr(dict(pairs))
        elif all(_is_latin(value) for pair in pairs for value in pair):
            shown = f"raw={self.raw!r}"
        return f"{type(self).__name__}({shown})"

    def __getitem__(self, key: str) -> str:
        if self._undecoded is None or not isinstance(key, str) or not key.isascii():
            return self._multidict[key]
        # Who asks for one header need not wait until all are decoded.
        sought = key.lower().encode()
        size = len(sought)
        for name, value in self._undecoded:
            if len(name) == size and name.lower() == sought:
                return value.decode("latin-1")
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._multidict.items())

    def __len__(self) -> int:
        return len(self._multidict)


class MutableHeaders(Headers):
    """Headers that can be changed: those of a response that is being made."""

    __slots__ = ()

    def __setitem__(self, key: str, value: str) -> None:
        self._multidict[key.lower()] = value

    def __delitem__(self, key: str) -> None:
        self._multidict.popall(key, None)

    def append(self, key: str, value: str) -> None:
        """Add a header, and keep those of the same name."""
        self._multidict.add(key.lower(), value)

    def setdefault(self, key: str, value: str) -> str:
        """Set the header unless one of that name exists, and return its first value."""
        return self._multidict.setdefault(key.lower(), value)

    def update(self, other: Mapping[str, str]) -> None:
        """Set each of these headers. They replace the former values."""
        for key, value in other.items():
            self[key] = value


class QueryParams(_Pairs):
    """The query parameters of a URL. A name may occur more than once.

    `query_params["x"]` is the last value of the name. Iteration, `len`, `keys`, `values` and
    `items` include each name once; `multi_items` and `getlist` return all values.

    Args:
        params: A query as text or as bytes, a mapping, or pairs. Blank values are kept. The
            separator is `&`.
        more: Further parameters by name.
    """

    __slots__ = ("_params",)

    def __init__(
        self,
        params: str | bytes | Mapping[str, str] | Iterable[tuple[str, str]] = (),
        **more: Any,
    ) -> None:
        if isinstance(params, bytes):
            params = params.decode() if params.isascii() else quote(params, safe=QUERY_SAFE)
        if isinstance(params, str):
            self._params = _parse_query(params)
        else:
            self._params = MultiDict(_pairs_of(params))
        if more:
            self._params.extend({name: str(value) for name, value in more.items()})

    @property
    def _multidict(self) -> MultiDict[str]:
        return self._params

    def __getitem__(self, key: str) -> str:
        return self._params.getall(key)[-1]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._multidict.items()))

    def __len__(self) -> int:
        return len(dict(self._multidict.items()))

    def __str__(self) -> str:
        return urlencode(self.multi_items(), errors="replace")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


def _parse_query(query: str) -> MultiDict[str]:
    if "%" in query or "+" in query:
        return MultiDict(parse_qsl(query, keep_blank_values=True))
    # Where nothing is encoded, splitting is all there is to do, in a fifth of the time.
    params: MultiDict[str] = MultiDict()
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            params.add(name, value)
    return params
