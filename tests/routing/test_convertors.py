import math
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.routing import convertors
from duologue.routing._paths import PathTemplate
from duologue.routing.convertors import (
    Convertor,
    PathConvertor,
    StringConvertor,
    register_url_convertor,
)


@pytest.fixture
def own_types():
    before = dict(convertors.CONVERTOR_TYPES)
    yield
    convertors.CONVERTOR_TYPES.clear()
    convertors.CONVERTOR_TYPES.update(before)


class DateConvertor(Convertor[date]):
    regex = r"\d{4}-\d{2}-\d{2}"

    def convert(self, value):
        return date.fromisoformat(value)


def read(kind, text):
    """What a parameter of this kind makes of a text, alone in a path."""
    found = PathTemplate(f"/{{it:{kind}}}").match("/" + text)
    return None if found is None else found["it"]


def write(kind, value):
    return PathTemplate(f"/{{it:{kind}}}").fill({"it": value})[1:]


# What there is


@pytest.mark.parametrize("text", ["a", "a b", "é", "\n", "\0", "%2F", "..", "x" * 10_000])
def test_a_str_is_any_text_without_a_slash(text):
    assert read("str", text) == text


@pytest.mark.parametrize("text", ["", "/", "a/b", "a/"])
def test_a_str_is_not_empty_and_has_no_slash(text):
    assert read("str", text) is None


@pytest.mark.parametrize("text", ["", "a", "/", "a/b", "a//b/", "\n", "a\n/b\n", "/" * 10_000])
def test_a_path_is_any_text(text):
    assert read("path", text) == text


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("0", 0), ("007", 7), ("9" * 640, None)])
def test_an_int_is_digits(text, number):
    assert read("int", text) == (int(text) if number is None else number)


@pytest.mark.parametrize("text", ["", "-5", "+5", "5.0", "5\n", "٣", "²", "1_000", "9" * 641, "x"])
def test_what_is_no_int(text):
    assert read("int", text) is None


def test_five_thousand_digits_are_no_int():
    assert read("int", "9" * 5_000) is None


@pytest.mark.parametrize(
    ("text", "number"), [("25.5", 25.5), ("1", 1.0), ("0.1", 0.1), ("00.50", 0.5)]
)
def test_a_float_is_digits_with_a_point_perhaps(text, number):
    assert read("float", text) == number


@pytest.mark.parametrize(
    "text", ["", "1-0", "-1.0", "1.", ".5", "1e5", "inf", "nan", "1.5\n", "9" * 309, "9" * 310]
)
def test_what_is_no_float(text):
    assert read("float", text) is None


@pytest.mark.parametrize(
    "text", ["ec38df32-ceda-4cfa-9b4a-1aeb94ad551a", "EC38DF32CEDA4CFA9B4A1AEB94AD551A"]
)
def test_a_uuid_may_have_hyphens(text):
    assert read("uuid", text) == UUID("ec38df32-ceda-4cfa-9b4a-1aeb94ad551a")


@pytest.mark.parametrize("text", ["", "not-a-uuid", "ec38df32-ceda-4cfa-9b4a-1aeb94ad551"])
def test_what_is_no_uuid(text):
    assert read("uuid", text) is None


# The way back


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("str", "a b", "a b"),
        ("str", 5, "5"),
        ("path", "a/b", "a/b"),
        ("int", 5, "5"),
        ("int", "5", "5"),
        ("float", 25.5, "25.5"),
        ("float", 1, "1"),
        ("float", 1.0, "1"),
        ("float", -0.0, "0"),
        ("float", 1e22, "10000000000000000000000"),
        ("float", 1e-7, "0.0000001"),
        ("uuid", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("uuid", "00000000000000000000000000000001", "00000000000000000000000000000001"),
    ],
)
def test_a_value_is_written_as_it_is_read(kind, value, text):
    assert write(kind, value) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("str", ""),
        ("str", "a/b"),
        ("int", -5),
        ("int", 5.5),
        ("int", True),
        ("int", 10**640),
        pytest.param("int", 10**5_000, id="5,000 digits"),
        ("float", -1.0),
        ("float", math.inf),
        ("float", math.nan),
        ("float", "x"),
        ("uuid", "x"),
    ],
)
def test_what_no_text_stands_for_cannot_be_written(kind, value):
    with pytest.raises(ValueError):
        write(kind, value)


@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_every_float_comes_back(number):
    assert read("float", write("float", number)) == number


@given(st.integers(min_value=0, max_value=10**640 - 1))
def test_every_int_comes_back(number):
    assert read("int", write("int", number)) == number


@given(st.uuids())
def test_every_uuid_comes_back(uuid):
    assert read("uuid", write("uuid", uuid)) == uuid


@given(st.sampled_from(["str", "path", "int", "float", "uuid"]), st.text())
def test_no_text_is_too_hostile(kind, text):
    value = read(kind, text)
    if value is not None:
        assert read(kind, write(kind, value)) == value


# One's own


@pytest.mark.usefixtures("own_types")
def test_a_convertor_of_ones_own():
    register_url_convertor("date", DateConvertor())
    assert read("date", "2026-01-31") == date(2026, 1, 31)
    assert write("date", date(2026, 1, 31)) == "2026-01-31"


@pytest.mark.usefixtures("own_types")
def test_what_a_convertor_cannot_read_is_no_match():
    register_url_convertor("date", DateConvertor())
    assert read("date", "2026-02-31") is None
    with pytest.raises(ValueError, match="cannot be filled in"):
        write("date", "2026-02-31")


@pytest.mark.usefixtures("own_types")
def test_a_convertor_may_take_the_place_of_another_one():
    register_url_convertor("str", DateConvertor())
    assert PathTemplate("/{it}").match("/2026-01-31") == {"it": date(2026, 1, 31)}


@pytest.mark.usefixtures("own_types")
@pytest.mark.parametrize("base", [StringConvertor, PathConvertor])
def test_a_convertor_may_go_on_from_another_one(base):
    class Slug(base):
        regex = "[a-z-]+"

    register_url_convertor("slug", Slug())
    assert read("slug", "a-b") == "a-b"
    assert read("slug", "A") is None


def test_a_convertor_has_to_read():
    class Lazy(Convertor[str]):
        regex = "x"

    with pytest.raises(NotImplementedError):
        Lazy().convert("x")


@pytest.mark.parametrize("name", ["", "a-b", "1a", "a b", "é"])
def test_a_name_has_to_stand_in_a_path(name):
    with pytest.raises(ValueError) as raised:
        register_url_convertor(name, DateConvertor())
    assert str(raised.value) == (
        f"{name!r} cannot name a convertor: a name has letters, digits and underscores, and does "
        "not begin with a digit."
    )


def test_a_regular_expression_has_to_be_one():
    class Broken(Convertor[str]):
        regex = "("

    with pytest.raises(ValueError, match=r"The convertor 'x' cannot be used: '\('"):
        register_url_convertor("x", Broken())
