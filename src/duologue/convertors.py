"""Convertors: what a parameter of a path looks like, and what it is read as."""

import re
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

_Value = TypeVar("_Value")

_NAME = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")


class Convertor(Generic[_Value]):
    """How the text of a parameter becomes a value, and a value the text.

    One of your own has a `regex` and a `convert`, and `to_string` where `str()` does not write the
    value as the path has it. `register_url_convertor` gives it a name.
    """

    regex: ClassVar[str] = ""
    """What the text looks like: a regular expression, which has to fit all of it."""

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

    # Python can be told to read no more digits than 640, but no fewer: up to that all can be read.
    regex = "[0-9]{1,640}"

    def convert(self, value: str) -> int:
        """Read the digits."""
        return int(value)


class FloatConvertor(Convertor[float]):
    """A number of digits, perhaps with a decimal point, without a sign or an exponent."""

    # As long as the greatest and the smallest number that there is, written out.
    regex = r"[0-9]{1,309}(?:\.[0-9]{1,340})?"

    def convert(self, value: str) -> float:
        """Read the number."""
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
        ValueError: The name cannot stand in a path, or the regular expression is none.
    """
    if not _NAME.fullmatch(key):
        raise ValueError(
            f"{key!r} cannot name a convertor: a name has letters, digits and underscores, and "
            "does not begin with a digit."
        )
    try:
        re.compile(convertor.regex)
    except re.error as error:
        raise ValueError(
            f"The regular expression {convertor.regex!r} of the convertor {key!r} is none: {error}."
        ) from None
    CONVERTOR_TYPES[key] = convertor
