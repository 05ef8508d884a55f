"""Convertors: what a parameter of a path looks like, and what it is read as."""

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
    """How the text of a parameter becomes a value, and a value the text.

    One of your own has a `regex` and a `convert`, and `to_string` where `str()` does not write the
    value as the path has it. `register_url_convertor` gives it a name.
    """

    regex: ClassVar[str] = ""
    """What the text looks like: a regular expression, which has to fit all of it. It reads one
    character after the other, so it has no anchors, lookaheads or back references. Whatever
    `convert` raises a `ValueError` for does not match either."""

    def convert(self, value: str) -> _Value:
        """Read the text.

        Args:
            value: The text, decoded, which fits the regular expression.

        Raises:
            ValueError: It is no such value after all: the path does not match.
        """
        raise NotImplementedError

    def to_string(self, value: _Value) -> str:
        """Write the value as the text that stands for it in a path, not percent-encoded.

        Args:
            value: What was given for the parameter.

        Raises:
            ValueError: There is no text for it.
        """
        return str(value)


class StringConvertor(Convertor[str]):
    """A piece of the path without a slash, at least one character long."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Take the text as it is."""
        return value


class PathConvertor(Convertor[str]):
    """The rest of the path, slashes and all, perhaps empty."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        """Take the text as it is."""
        return value


class IntegerConvertor(Convertor[int]):
    """A number of digits, without a sign."""

    regex = "[0-9]+"

    def convert(self, value: str) -> int:
        """Read the digits."""
        _check_length(value, _MOST_DIGITS)
        return int(value)


class FloatConvertor(Convertor[float]):
    """A number of digits, perhaps with a decimal point, without a sign or an exponent."""

    regex = r"[0-9]+(?:\.[0-9]+)?"

    def convert(self, value: str) -> float:
        """Read the number."""
        whole, _, fraction = value.partition(".")
        _check_length(whole, _MOST_DIGITS_BEFORE_POINT)
        _check_length(fraction, _MOST_DIGITS_AFTER_POINT)
        number = float(value)
        if number == float("inf"):
            raise ValueError(f"{value} is greater than a float can be.")
        return number

    def to_string(self, value: float) -> str:
        """Write the number out, so that it is read as exactly the same one."""
        # `repr` has as many digits as are needed, but perhaps an exponent too.
        text = format(Decimal(repr(float(value) + 0.0)), "f")  # + 0.0 makes 0.0 of -0.0
        return text.removesuffix(".0")


class UUIDConvertor(Convertor[UUID]):
    """A UUID, with its hyphens or without."""

    regex = "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}"

    def convert(self, value: str) -> UUID:
        """Read the UUID."""
        return UUID(value)


CONVERTOR_TYPES: dict[str, Convertor[Any]] = {
    "str": StringConvertor(),
    "path": PathConvertor(),
    "int": IntegerConvertor(),
    "float": FloatConvertor(),
    "uuid": UUIDConvertor(),
}
"""The convertors by the names that they have in paths."""


def register_url_convertor(key: str, convertor: Convertor[Any]) -> None:
    """Give a convertor a name, so that paths made from now on can use it: `/{day:date}`.

    Args:
        key: The name: letters, digits and underscores.
        convertor: The convertor. It may take the place of another one of that name.

    Raises:
        ValueError: The name cannot stand in a path, or the regular expression is none, or one that
            does not read character by character.
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
