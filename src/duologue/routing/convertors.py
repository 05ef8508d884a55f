"""Convertors: which text a path parameter matches, and how it is converted."""

import re
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from duologue.routing._expressions import parse

_Value = TypeVar("_Value")

_NAME = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")
# Python can be told to read no more digits than 640, but no fewer: up to that all can be read.
_MOST_DIGITS = 640
# As long as the greatest and the smallest `float` that there is, written out.
_MOST_DIGITS_BEFORE_POINT, _MOST_DIGITS_AFTER_POINT = 309, 340


class Convertor(Generic[_Value]):
    """Converts the text of a parameter to a value, and the value back to text.

    Your own convertor has a `regex` and a `convert`. If `str()` does not write the value as it is
    in the path, it also has a `to_string`. `register_url_convertor` gives it a name.
    """

    regex: ClassVar[str] = ""
    """A regular expression, which must match the whole text. It is matched character by character,
    so anchors, lookaheads and back references are not possible. If `convert` raises a `ValueError`,
    the text does not match either."""

    def convert(self, value: str) -> _Value:
        """Convert the text to a value.

        Args:
            value: The text, decoded. It matches the regular expression.

        Raises:
            ValueError: The text is not such a value: the path does not match.
        """
        raise NotImplementedError

    def to_string(self, value: _Value) -> str:
        """Convert the value to its text in a path, not percent-encoded.

        Args:
            value: The value for the parameter.

        Raises:
            ValueError: The value cannot be written as text.
        """
        return str(value)


class StringConvertor(Convertor[str]):
    """A part of the path without a slash, at least one character long."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Return the text unchanged."""
        return value


class PathConvertor(Convertor[str]):
    """The rest of the path, including slashes. It may be empty."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        """Return the text unchanged."""
        return value


class IntegerConvertor(Convertor[int]):
    """A number of digits, without a sign."""

    regex = "[0-9]+"

    def convert(self, value: str) -> int:
        """Convert the digits to an integer."""
        _check_length(value, _MOST_DIGITS)
        return int(value)


class FloatConvertor(Convertor[float]):
    """A number of digits, with or without a decimal point, without a sign or an exponent."""

    regex = r"[0-9]+(?:\.[0-9]+)?"

    def convert(self, value: str) -> float:
        """Convert the text to a number."""
        whole, _, fraction = value.partition(".")
        _check_length(whole, _MOST_DIGITS_BEFORE_POINT)
        _check_length(fraction, _MOST_DIGITS_AFTER_POINT)
        number = float(value)
        if number == float("inf"):
            raise ValueError(f"{value} is greater than a float can be.")
        return number

    def to_string(self, value: float) -> str:
        """Write the number so that reading it returns exactly the same number."""
        # `repr` has as many digits as are needed, but perhaps an exponent too.
        text = format(Decimal(repr(float(value) + 0.0)), "f")  # + 0.0 makes 0.0 of -0.0
        return text.removesuffix(".0")


class UUIDConvertor(Convertor[UUID]):
    """A UUID, with or without hyphens."""

    regex = "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}"

    def convert(self, value: str) -> UUID:
        """Convert the text to a UUID."""
        return UUID(value)


CONVERTOR_TYPES: dict[str, Convertor[Any]] = {
    "str": StringConvertor(),
    "path": PathConvertor(),
    "int": IntegerConvertor(),
    "float": FloatConvertor(),
    "uuid": UUIDConvertor(),
}
"""The convertors by their names in paths."""


def register_url_convertor(key: str, convertor: Convertor[Any]) -> None:
    """Register a convertor under a name, for paths that are made from now on: `/{day:date}`.

    Args:
        key: The name: letters, digits and underscores.
        convertor: The convertor. It replaces another one of that name.

    Raises:
        ValueError: The name is not possible in a path, or the regular expression is invalid, or it
            cannot be matched character by character.
    """
    if not _NAME.fullmatch(key):
        raise ValueError(
            f"{key!r} cannot name a convertor: a name has letters, digits and underscores, and "
            "does not begin with a digit."
        )
    try:
        parse(convertor.regex)
    except ValueError as error:
        raise ValueError(f"The convertor {key!r} cannot be used: {error}") from None
    CONVERTOR_TYPES[key] = convertor


def _check_length(digits: str, most: int) -> None:
    if len(digits) > most:
        raise ValueError(f"There are more than {most} digits.")
