"""Templates of paths and hosts, such as `/rooms/{room}/{day:int}`: matched, and filled in."""

import re
from collections.abc import Mapping
from typing import Any

from duologue.routing._automaton import Automaton
from duologue.routing._expressions import literal, parse
from duologue.routing.convertors import (
    CONVERTOR_TYPES,
    Convertor,
    FloatConvertor,
    IntegerConvertor,
    PathConvertor,
    StringConvertor,
    UUIDConvertor,
)

# A parameter, or a brace that belongs to none.
_PARAMETER = re.compile("{([a-zA-Z_][a-zA-Z0-9_]*)(?::([a-zA-Z_][a-zA-Z0-9_]*))?}|[{}]")
# What never has a slash in it; one of your own may have.
_WITHOUT_SLASH = {StringConvertor, IntegerConvertor, FloatConvertor, UUIDConvertor}
_BUILT_IN = {*_WITHOUT_SLASH, PathConvertor}


class PathTemplate:
    """The path of a route, or the name of a host, with parameters: `{name}` or `{name:convertor}`.

    Args:
        template: The path or the host, not percent-encoded.
        ignore_case: Whether upper and lower case are the same.

    Raises:
        ValueError: A brace is not part of a parameter, a convertor is unknown or cannot be matched,
            or two parameters have the same name.
    """

    __slots__ = ("_converted", "_literal", "_matcher", "_pieces", "convertors", "template")

    def __init__(self, template: str, ignore_case: bool = False) -> None:
        self.template = template
        self.convertors: dict[str, Convertor[Any]] = {}
        """The convertors of the parameters, by name and in order."""
        # Texts, and between two of them the name of a parameter.
        self._pieces = self._parse()
        self._literal = not self.convertors and not ignore_case  # then it need only be compared
        flags = re.IGNORECASE | re.ASCII if ignore_case else re.NOFLAG
        self._matcher = (
            _Pattern(self._pattern(), flags) if self._is_simple() else self._automaton(flags)
        )
        # What stays a text needs no conversion.
        self._converted = [
            (name, convertor.convert)
            for name, convertor in self.convertors.items()
            if type(convertor) not in {StringConvertor, PathConvertor}
        ]

    def match(self, text: str) -> dict[str, Any] | None:
        """Match a text as a whole, so that `/kind` and a line break are no `/kind`.

        Returns:
            The parameters by name, or `None` if the text does not match.
        """
        if self._literal:
            return {} if text == self.template else None
        found = self._matcher.match(text)
        return self._read(found) if found and self._converted else found

    def match_start(self, text: str) -> tuple[str, dict[str, Any]] | None:
        """Match the start of a text, up to its end or a slash.

        Returns:
            The start and the parameters by name, or `None` if the text does not match.
        """
        found = self._matcher.match_start(text)
        if found is None:
            return None
        parameters = self._read(found[1])
        return None if parameters is None else (text[: found[0]], parameters)

    def fill(self, parameters: Mapping[str, Any]) -> str:
        """Write the text that is matched with these parameters.

        Args:
            parameters: A value for each parameter of the template.

        Returns:
            The text, not percent-encoded.

        Raises:
            ValueError: There is no such text: one of the values would be read as another one.
            TypeError: A convertor cannot write a value of that type.
        """
        texts = {name: to.to_string(parameters[name]) for name, to in self.convertors.items()}
        filled = "".join(
            texts[piece] if number % 2 else piece for number, piece in enumerate(self._pieces)
        )
        found = self._matcher.match(filled)
        if found is None or found != texts or self._read(found) is None:
            given = ", ".join(f"{name}={parameters[name]!r}" for name in texts)
            raise ValueError(
                f"{self.template!r} cannot be filled in with {given}: {_shorten(filled)} would not "
                "be read as that. Give values that the convertors of the parameters take."
            )
        return filled

    def segments(self) -> tuple[tuple[str | None, ...], bool]:
        """Return the texts between the slashes.

        Returns:
            The texts of the segments, `None` for each that has parameters; and whether any further
            ones may follow, because a parameter may have slashes in it.
        """
        segments: list[str | None] = [""]
        for number, piece in enumerate(self._pieces):
            if not number % 2:
                first, *others = piece.split("/")
                segments[-1] = None if segments[-1] is None else segments[-1] + first
                segments += others
            elif type(self.convertors[piece]) in _WITHOUT_SLASH:
                segments[-1] = None
            else:
                return tuple(segments[:-1]), True
        return tuple(segments), False

    def _read(self, texts: dict[str, str]) -> dict[str, Any] | None:
        parameters: dict[str, Any] = texts
        try:
            for name, convert in self._converted:
                parameters[name] = convert(parameters[name])
        except (ValueError, OverflowError):
            return None
        return parameters

    def _parse(self) -> list[str]:
        pieces: list[str] = []
        end = 0
        for found in _PARAMETER.finditer(self.template):
            name, kind = found[1], found[2] or "str"
            if name is None:
                raise ValueError(
                    f"The brace at position {found.start()} of {self.template!r} is not part of a "
                    "parameter: write {name} or {name:convertor}."
                )
            if kind not in CONVERTOR_TYPES:
                raise ValueError(
                    f"Unknown path convertor {kind!r} at path {self.template}. There are "
                    f"{', '.join(CONVERTOR_TYPES)}; for another one, call register_url_convertor "
                    "first."
                )
            if name in self.convertors:
                raise ValueError(
                    f"Duplicated param name {name} at path {self.template}: give each parameter a "
                    "name of its own."
                )
            pieces += self.template[end : found.start()], name
            self.convertors[name] = CONVERTOR_TYPES[kind]
            end = found.end()
        return [*pieces, self.template[end:]]

    def _is_simple(self) -> bool:
        """Return whether no parameters compete for the same characters.

        Then `re` is as fast as can be, and no path takes long: those that never have a slash in
        them are separated by one, and there is one at most that may.
        """
        kinds = [type(convertor) for convertor in self.convertors.values()]
        between = self._pieces[2:-1:2]
        return (
            _BUILT_IN.issuperset(kinds)
            and kinds.count(PathConvertor) <= 1
            and all("/" in text for text in between)
        )

    def _pattern(self) -> str:
        return "".join(
            f"(?P<{piece}>{self.convertors[piece].regex})" if number % 2 else re.escape(piece)
            for number, piece in enumerate(self._pieces)
        )

    def _automaton(self, flags: re.RegexFlag) -> Automaton:
        try:
            return Automaton(
                [
                    (piece, parse(self.convertors[piece].regex))
                    if number % 2
                    else (None, literal(piece))
                    for number, piece in enumerate(self._pieces)
                ],
                flags,
            )
        except ValueError as error:
            raise ValueError(
                f"The path {self.template} cannot be matched with its convertors: {error}"
            ) from None


class _Pattern:
    """The same as an `Automaton`, with the module `re`."""

    __slots__ = ("_only", "_pattern")

    def __init__(self, pattern: str, flags: re.RegexFlag) -> None:
        self._pattern = re.compile(rf"{pattern}(?=/|\Z)", flags)
        names = list(self._pattern.groupindex)
        self._only = names[0] if len(names) == 1 else None

    def match(self, text: str) -> dict[str, str] | None:
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        # `groupdict` takes longer than the match, and most templates have one parameter.
        return found.groupdict() if self._only is None else {self._only: found[1]}

    def match_start(self, text: str) -> tuple[int, dict[str, str]] | None:
        found = self._pattern.match(text)
        return None if found is None else (found.end(), found.groupdict())


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 100 else text[:97] + "...")
