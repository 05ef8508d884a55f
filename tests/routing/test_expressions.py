import re

import pytest

from duologue.routing._expressions import Character, Choice, Repeat, Sequence, literal, parse

A, B = Character("a"), Character("b")


def sequence(*parts):
    return Sequence(parts)


@pytest.mark.parametrize(
    ("regex", "expression"),
    [
        ("", sequence()),
        ("ab", sequence(A, B)),
        ("a|b", Choice((sequence(A), sequence(B)))),
        ("a|", Choice((sequence(A), sequence()))),
        ("(a|b)b", sequence(Choice((sequence(A), sequence(B))), B)),
        ("(?:a)(?P<name>b)", sequence(sequence(A), sequence(B))),
        ("a(?#why)b", sequence(A, B)),
    ],
)
def test_how_a_regular_expression_is_read(regex, expression):
    assert parse(regex) == expression


@pytest.mark.parametrize(
    "character",
    [
        *("a", "é", "\n", "-", "{", "}", "]", ".", "[^/]", "[]a]", "[^]]", r"[\]a]"),
        *(r"\.", r"\/", r"\d", r"\0", r"\07", r"\101", r"\x41", r"\u0041", r"\U00000041"),
        r"\N{BULLET}",
    ],
)
def test_what_stands_for_one_character(character):
    assert parse(character) == sequence(Character(character))
    assert parse(character + "b") == sequence(Character(character), B)


@pytest.mark.parametrize(
    ("sign", "least", "most"),
    [
        ("*", 0, None),
        ("+", 1, None),
        ("?", 0, 1),
        ("{3}", 3, 3),
        ("{3,}", 3, None),
        ("{,3}", 0, 3),
        ("{1,3}", 1, 3),
        ("{,}", 0, None),
    ],
)
def test_what_is_repeated(sign, least, most):
    assert parse(f"a{sign}") == sequence(Repeat(A, least, most, lazy=False))
    assert parse(f"a{sign}?") == sequence(Repeat(A, least, most, lazy=True))
    assert parse(f"(?:b){sign}") == sequence(Repeat(sequence(B), least, most, lazy=False))


def test_braces_that_repeat_nothing_are_characters():
    assert parse("a{}") == sequence(A, Character("{"), Character("}"))
    assert parse("a{b}") == sequence(A, Character("{"), B, Character("}"))


def test_flags_go_to_the_characters_of_their_group():
    assert parse("(?s:.(?i-s:a))a") == sequence(
        sequence(Character("(?s:.)"), sequence(Character("(?s:(?i-s:a))"))), A
    )


def test_a_literal_is_its_characters():
    assert literal("a.b") == sequence(A, Character(r"\."), B)


@pytest.mark.parametrize(
    ("regex", "what"),
    [
        ("(?=a)a", "(?="),
        ("(?!a)b", "(?!"),
        ("b(?<=b)", "(?<="),
        ("b(?<!a)", "(?<!"),
        ("(?>a)", "(?>"),
        ("a++", "++"),
        ("a{1,2}+", "{1,2}+"),
        (r"(a)\1", r"\1"),
        ("(?P<x>a)(?P=x)", "(?P="),
        ("(a)?(?(1)b|c)", "(?("),
        ("(?i)a", "(?i"),
        ("(?x:a b)", "(?x"),
        ("^a", "^"),
        ("a$", "$"),
        (r"a\b", r"\b"),
        (r"\Aa", r"\A"),
        (r"a\Z", r"\Z"),
    ],
)
def test_what_does_not_read_character_by_character_is_refused(regex, what):
    re.compile(regex)  # it is a regular expression
    with pytest.raises(ValueError) as raised:
        parse(regex)
    assert str(raised.value) == (
        f"{regex!r} has {what!r} in it: a path is matched character by character, so that none can "
        "take long. Leave that out, and let convert() raise a ValueError for what it does not take."
    )


@pytest.mark.parametrize("regex", ["(", "[", "*", "a**", "(?P<1>a)", "\\"])
def test_what_is_no_regular_expression_is_refused(regex):
    with pytest.raises(ValueError, match="is not a regular expression: "):
        parse(regex)
