"""Differences: in which way a message or a header is not what was expected, in words."""

from duologue.scripts.language.content import (
    ANY,
    Binary,
    Expected,
    Json,
    JsonValue,
    Like,
    Text,
    Wording,
    read_json,
    write_string,
    write_value,
)


def matches(expected: Expected, message: str | bytes) -> bool:
    """Return whether a message is the expected one."""
    return difference(expected, message) is None


def difference(expected: Expected, message: str | bytes) -> str | None:
    """Say in which way a message is not what was expected.

    Returns:
        A description, or `None` if the message is the expected one.
    """
    if expected is ANY:
        return None
    came_as_text = isinstance(message, str)
    wants_text = not (
        isinstance(expected, Binary) or (isinstance(expected, Json) and expected.binary)
    )
    if wants_text != came_as_text:
        kinds = ("text", "binary") if wants_text else ("binary", "text")
        return f"a {kinds[0]} message was expected, and a {kinds[1]} one came"
    if isinstance(expected, Text):
        return _first_difference(expected.text, message, "character")
    if isinstance(expected, Binary):
        return _first_difference(expected.data, message, "byte")
    if isinstance(expected, Like):
        fits = expected.fits(str(message))
        return None if fits else f"the text is not like {write_string(expected.pattern)}"
    try:
        value = read_json(message)
    except ValueError as error:
        return str(error)
    return difference_of_values(expected.value, value)


def difference_of_wordings(expected: Wording, got: str) -> str | None:
    """Say in which way a header or a reason is not what was expected, or `None`."""
    if expected is ANY:
        return None
    if isinstance(expected, Like):
        return None if expected.fits(got) else f"{write_string(got)} is not {expected}"
    return (
        None if expected == got else f"expected {write_string(expected)}, got {write_string(got)}"
    )


def difference_of_values(expected: JsonValue, got: JsonValue, place: str = "") -> str | None:
    """Describe where a JSON value differs from the expected one, or return `None`.

    Args:
        expected: The value; it may contain `ANY` and `Like`.
        got: The value that came.
        place: The place of both in the message, for the answer.
    """
    if expected is ANY or (
        isinstance(expected, Like) and isinstance(got, str) and expected.fits(got)
    ):
        return None
    if isinstance(expected, dict) and isinstance(got, dict):
        return _difference_of_objects(expected, got, place)
    if isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            return f"{_at(place)}expected {_count(expected)}, got {_count(got)}"
        for index, (left, right) in enumerate(zip(expected, got, strict=True)):
            found = difference_of_values(left, right, f"{place}[{index}]")
            if found:
                return found
        return None
    if isinstance(expected, bool) == isinstance(got, bool) and expected == got:
        return None
    return f"{_at(place)}expected {write_value(expected)}, got {write_value(got)}"


def _first_difference(expected: str | bytes, got: str | bytes, unit: str) -> str | None:
    if expected == got:
        return None
    pairs = zip(expected, got, strict=False)
    same = next((index for index, (left, right) in enumerate(pairs) if left != right), None)
    if same is not None:
        return f"they differ from {unit} {same + 1} on"
    longer = "more" if len(got) > len(expected) else "less"
    return f"{longer} came than was expected: {len(got)} {unit}s, not {len(expected)}"


def _difference_of_objects(
    expected: dict[str, JsonValue], got: dict[str, JsonValue], place: str
) -> str | None:
    for name, value in expected.items():
        inner = f"{place}[{write_string(name)}]"
        if name not in got:
            return f"{inner} is missing"
        found = difference_of_values(value, got[name], inner)
        if found:
            return found
    for name in got:
        if name not in expected:
            return f"{place}[{write_string(name)}] was not expected"
    return None


def _at(place: str) -> str:
    return f"at {place}: " if place else ""


def _count(values: list[JsonValue]) -> str:
    return f"{len(values)} value" if len(values) == 1 else f"{len(values)} values"
