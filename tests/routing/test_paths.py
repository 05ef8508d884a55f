import re
import sys
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.routing import convertors
from duologue.routing._paths import PathTemplate, _Pattern
from duologue.routing.convertors import (
    CONVERTOR_TYPES,
    Convertor,
    UUIDConvertor,
    register_url_convertor,
)


@pytest.fixture
def own_types():
    before = dict(convertors.CONVERTOR_TYPES)
    yield
    convertors.CONVERTOR_TYPES.clear()
    convertors.CONVERTOR_TYPES.update(before)


def match(template, text):
    return PathTemplate(template).match(text)


# Matching


@pytest.mark.parametrize(
    ("template", "text", "parameters"),
    [
        ("/", "/", {}),
        ("/kind", "/kind", {}),
        ("/한국/é", "/한국/é", {}),
        ("/a.b(c)*[d]?", "/a.b(c)*[d]?", {}),
        ("/{room}", "/lobby", {"room": "lobby"}),
        ("/rooms/{room}/days/{day:int}", "/rooms/lobby/days/7", {"room": "lobby", "day": 7}),
        ("/{a}-{b}", "/x-y-z", {"a": "x-y", "b": "z"}),
        ("/v{version:int}.json", "/v2.json", {"version": 2}),
        ("/{name}:close", "/lobby:close", {"name": "lobby"}),
        ("/{a:path}/edit", "/x/y/edit", {"a": "x/y"}),
        ("/{repo:path}/blob/{file:path}", "/x/y/blob/z/w", {"repo": "x/y", "file": "z/w"}),
        ("/({n:int})", "/(7)", {"n": 7}),
    ],
)
def test_a_path_that_matches(template, text, parameters):
    found = match(template, text)
    assert found == parameters
    assert list(found) == list(parameters)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("/kind", "/kind\n"),
        ("/kind", "/kind/"),
        ("/kind", "/Kind"),
        ("/kind", "kind"),
        ("/kind", ""),
        ("/a.b", "/axb"),
        ("/{n:int}", "/7\n"),
        ("/{n:int}", "/7/"),
        ("/{n:int}", "/" + "7" * 5_000),
        ("/{a}/b", "/a/\nb"),
        ("/{a}/{b}", "/a//b"),
        ("/{a}/{b}", "//b"),
    ],
)
def test_a_path_that_does_not_match(template, text):
    assert match(template, text) is None


def test_case_can_be_ignored():
    template = PathTemplate("{team}.Example.com", ignore_case=True)
    assert template.match("red.EXAMPLE.com") == {"team": "red"}
    assert PathTemplate("Example.com", ignore_case=True).match("example.COM") == {}
    assert template.match("red.e\N{LATIN SMALL LETTER LONG S}ample.com") is None


@pytest.mark.parametrize(
    ("template", "text", "start"),
    [
        ("", "", ("", {})),
        ("", "/", ("", {})),
        ("", "/a/b", ("", {})),
        ("/a", "/a", ("/a", {})),
        ("/a", "/a/", ("/a", {})),
        ("/a", "/a/b", ("/a", {})),
        ("/a", "/a\n/b", None),
        ("/a", "/ab", None),
        ("/{x}", "/a/b", ("/a", {"x": "a"})),
        ("/{n:int}", "/7/b", ("/7", {"n": 7})),
        ("/{n:float}", "/" + "9" * 309 + "/b", None),
        ("/{n:int}", "/x/b", None),
    ],
)
def test_the_start_of_a_path(template, text, start):
    assert PathTemplate(template).match_start(text) == start


# Parameters that compete


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("/{a}-{b}.json", "/" + "-" * 60_000),
        ("/{a}-{b}-{c}-{d}", "/" + "-" * 60_000 + "/"),
        ("/{a}-{b}-{c}-{d}.json", "/" + "-" * 60_000),
        ("/{a}-{b}-{c}-{d}.json", "/" + "-" * 60_000 + "/.json"),
        ("/{a:int}{b:int}{c:int}", "/" + "1" * 60_000 + "x"),
        ("/{a:int}{b:int}{c:int}/x", "/" + "1" * 60_000 + "/y/x"),
        ("/{a:float}{b:float}{c:float}", "/x" + "1.1" * 20_000),
        ("/{a:path}{b:path}{c:path}x", "/" + "a" * 60_000),
        ("/{a}{n:int}x", "/" + "1" * 60_000),
        ("/{a:path}{b}", "/" + "a" * 60_000 + "/"),
        ("/{a:path}-{b}.json", "/" + "-" * 60_000),
        ("/{a:path}/x/{b:path}/y", "/x" * 30_000),
        ("/{a:path}/{b}/{c}/x", "/a" * 30_000),
        ("/{a:path}/{b:int}/{c:float}/x", "/1" * 30_000),
        ("/{a:path}/{b}-{c}/x", "/a-b" * 15_000),
    ],
)
def test_no_path_takes_for_ever(template, text):
    # Where one way after the other is tried, the worst of these takes longer than anyone lives.
    assert match(template, text) is None


@pytest.mark.parametrize(
    ("template", "simple"),
    [
        ("/{a}", True),
        ("/{a}-x/{b:int}/{c:uuid}.json", True),
        ("/{a:float}/{b:path}", True),
        ("/{a}-{b}", False),
        ("/{a}/{b}-{c}", False),
        ("/{a:path}/{b:path}", False),
    ],
)
def test_where_no_parameters_compete_the_fastest_way_is_taken(template, simple):
    assert isinstance(PathTemplate(template)._matcher, _Pattern) is simple


def test_the_start_of_a_path_is_found_as_fast():
    template = PathTemplate("/{a}-{b}-{c}-{d}/x")
    assert template.match_start("/" + "-" * 60_000 + "/y") is None
    start, parameters = template.match_start("/" + "-" * 60_000 + "/x/y")
    assert start == "/" + "-" * 60_000 + "/x"
    assert [len(text) for text in parameters.values()] == [59_994, 1, 1, 1]


def test_a_hostile_host_is_refused_as_fast():
    template = PathTemplate("{a}.{b}.{c}.{d}.example.com", ignore_case=True)
    assert template.match("." * 60_000) is None
    assert template.match("." * 60_000 + ".example.com:") is None
    assert template.match("A.b.C.d.EXAMPLE.com") == {"a": "A", "b": "b", "c": "C", "d": "d"}


def test_parameters_that_compete_may_be_long():
    assert match("/{a}-{b}", "/" + "x" * 1_000 + "-" + "y" * 1_000) is not None
    assert match("/{a:path}/x/{b:path}/y", "/" + "a" * 1_000 + "/x/" + "b" * 1_000 + "/y")


@pytest.mark.parametrize(
    ("template", "text", "parameters"),
    [
        ("/{a:int}{b:int}", "/123", {"a": 12, "b": 3}),
        ("/{a}{b:int}", "/a12", {"a": "a1", "b": 2}),
        ("/{a:float}-{b:float}", "/1.5-2.5", {"a": 1.5, "b": 2.5}),
        ("/{a:float}.{b:int}", "/1.5", {"a": 1.0, "b": 5}),
        ("/{a:path}{b:path}", "/x/y", {"a": "x/y", "b": ""}),
        ("/{a:path}-{b:path}", "/-", {"a": "", "b": ""}),
        ("/{a:uuid}{b}", f"/{'0' * 32}x", {"a": UUID(int=0), "b": "x"}),
    ],
)
def test_the_first_parameter_takes_as_much_as_it_can(template, text, parameters):
    assert match(template, text) == parameters


# Filling in


@pytest.mark.parametrize(
    ("template", "parameters", "text"),
    [
        ("/", {}, "/"),
        ("/{room}", {"room": "a b"}, "/a b"),
        ("/{a}/{b}", {"a": "{b}", "b": "42"}, "/{b}/42"),
        ("/v{n:int}.json", {"n": 2}, "/v2.json"),
        ("/{file:path}", {"file": "a//b/"}, "/a//b/"),
    ],
)
def test_a_path_is_filled_in(template, parameters, text):
    assert PathTemplate(template).fill(parameters) == text
    assert match(template, text) == parameters


def test_a_path_that_would_be_read_otherwise_is_an_error():
    with pytest.raises(ValueError) as raised:
        PathTemplate("/{a}-{b}").fill({"a": "x", "b": "y-z"})
    assert str(raised.value) == (
        "'/{a}-{b}' cannot be filled in with a='x', b='y-z': '/x-y-z' would not be read as that. "
        "Give values that the convertors of the parameters take."
    )


def test_the_error_shows_only_the_start_of_a_long_path():
    with pytest.raises(ValueError) as raised:
        PathTemplate("/{n:int}").fill({"n": 10**641})
    assert f"'/1{'0' * 95}...' would not" in str(raised.value)
    for length, shown in [(100, "x" * 97 + "/x"), (101, "x" * 96 + "...")]:
        with pytest.raises(ValueError) as raised:
            PathTemplate("/{a}").fill({"a": "x" * (length - 3) + "/x"})
        assert f"'/{shown}' would not" in str(raised.value)


# Segments


@pytest.mark.parametrize(
    ("template", "segments"),
    [
        ("", (("",), False)),
        ("/", (("", ""), False)),
        ("/a/b", (("", "a", "b"), False)),
        ("/a/{b}/c", (("", "a", None, "c"), False)),
        ("/a{b}c{d:int}e/f", (("", None, "f"), False)),
        ("/a/{b:path}", (("", "a"), True)),
        ("/a/b{c:path}/d", (("", "a"), True)),
        ("/{a}/b/{c:path}", (("", None, "b"), True)),
    ],
)
def test_what_stands_between_the_slashes(template, segments):
    assert PathTemplate(template).segments() == segments


class AnythingConvertor(Convertor[str]):
    regex = "(?:a/?)+"

    def convert(self, value):
        return value


@pytest.mark.usefixtures("own_types")
def test_a_convertor_of_ones_own_may_have_slashes():
    register_url_convertor("any", AnythingConvertor())
    assert PathTemplate("/x/{it:any}/y").segments() == (("", "x"), True)
    assert match("/x/{it:any}/y", "/x/a/a/y") == {"it": "a/a"}


# Mistakes


@pytest.mark.parametrize(
    ("template", "position"), [("/{", 1), ("/a}", 2), ("/{1a}", 1), ("/{a:}", 1), ("/{{a}}", 1)]
)
def test_a_stray_brace_is_an_error(template, position):
    with pytest.raises(ValueError) as raised:
        PathTemplate(template)
    assert str(raised.value) == (
        f"The brace at position {position} of {template!r} is not part of a parameter: write "
        "{name} or {name:convertor}."
    )


def test_an_unknown_convertor_is_an_error():
    with pytest.raises(ValueError) as raised:
        PathTemplate("/{day:weekday}")
    there = ", ".join(CONVERTOR_TYPES)  # others may have registered one of their own
    assert str(raised.value) == (
        f"Unknown path convertor 'weekday' at path /{{day:weekday}}. There are {there}; "
        "for another one, call register_url_convertor first."
    )


def test_a_name_that_stands_twice_is_an_error():
    with pytest.raises(ValueError) as raised:
        PathTemplate("/{id}/{id:int}")
    assert str(raised.value) == (
        "Duplicated param name id at path /{id}/{id:int}: give each parameter a name of its own."
    )


@pytest.mark.usefixtures("own_types")
def test_a_convertor_may_have_groups_of_its_own():
    class Naming(AnythingConvertor):
        regex = "(?P<inner>a)(b)?"

    register_url_convertor("naming", Naming())
    assert match("/{it:naming}/{other:naming}", "/a/ab") == {"it": "a", "other": "ab"}


@pytest.mark.usefixtures("own_types")
def test_no_regular_expression_of_ones_own_takes_for_ever():
    class Nested(AnythingConvertor):
        regex = "(?:a+)+"

    register_url_convertor("nested", Nested())
    assert match("/{it:nested}", "/" + "a" * 60_000 + "b") is None
    assert match("/{it:nested}b", "/" + "a" * 60_000) is None
    assert match("/{it:nested}-{other:nested}", "/aa-a") == {"it": "aa", "other": "a"}


@pytest.mark.usefixtures("own_types")
def test_a_convertor_that_cannot_be_matched_is_an_error():
    class Looking(AnythingConvertor):
        regex = "(?!x)[^/]+"

    CONVERTOR_TYPES["looking"] = Looking()  # not through register_url_convertor
    with pytest.raises(ValueError) as raised:
        PathTemplate("/{it:looking}")
    assert str(raised.value) == (
        "The path /{it:looking} cannot be matched with its convertors: '(?!x)[^/]+' has '(?!' in "
        "it: a path is matched character by character, so that none can take long. Leave that out, "
        "and let convert() raise a ValueError for what it does not take."
    )


# Anything at all


def steps(function, *arguments):
    """Count the lines of the library that a call runs through: time that no clock has to tell."""
    count = 0

    def look(frame, event, _):
        nonlocal count
        count += event == "line"
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


TEXTS = st.text(st.characters(exclude_characters="{}"), max_size=8)
KINDS = st.sampled_from(["", ":str", ":path", ":int", ":float", ":uuid"])


@st.composite
def templates(draw):
    kinds = draw(st.lists(KINDS, max_size=4))
    parts = [f"{draw(TEXTS)}{{p{number}{kind}}}" for number, kind in enumerate(kinds)]
    return "/" + "".join(parts) + draw(TEXTS)


VALUES = st.one_of(
    st.text(max_size=8), st.integers(), st.floats(), st.uuids(), st.sampled_from(["a/b", "1", "/"])
)


REGEXES = {
    "": "[^/]+",
    ":str": "[^/]+",
    ":path": "(?s:.*)",
    ":int": "[0-9]+",
    ":float": r"[0-9]+(?:\.[0-9]+)?",
    ":uuid": UUIDConvertor.regex,
}
ALPHABET = "/-.01a"


@st.composite
def templates_that_compete(draw):
    parts: list[str] = ["/"]
    expected = ["/"]
    for number, kind in enumerate(draw(st.lists(KINDS, min_size=1, max_size=4))):
        text = draw(st.text(ALPHABET, max_size=2))
        parts += f"{{p{number}{kind}}}", text
        expected += f"(?P<p{number}>{REGEXES[kind]})", re.escape(text)
    return "".join(parts), "".join(expected)


@given(templates_that_compete(), st.text(ALPHABET, max_size=14))
def test_every_path_is_matched_as_a_regular_expression_would(templates, text):
    template, expected = templates
    text = "/" + text
    whole = re.fullmatch(expected, text)
    start = re.match(rf"{expected}(?=/|\Z)", text)
    path = PathTemplate(template)
    path._converted = []
    assert path.match(text) == (whole and whole.groupdict())
    assert path.match_start(text) == (start and (start[0], start.groupdict()))


@given(templates_that_compete(), st.text(ALPHABET, min_size=1, max_size=3), st.text(ALPHABET))
def test_as_many_characters_more_take_as_many_steps_more(templates, part, end):
    # Each is matched anew, for what has been matched before is known.
    short, middle, long = (
        steps(PathTemplate(templates[0]).match, "/" + part * times + end)
        for times in (200, 300, 400)
    )
    assert long - middle <= middle - short + 50


@given(templates(), st.lists(VALUES, min_size=4, max_size=4))
def test_what_can_be_filled_in_is_matched(template, values):
    path = PathTemplate(template)
    parameters = dict(zip(path.convertors, values, strict=False))
    try:
        text = path.fill(parameters)
    except (ValueError, TypeError):
        return
    found = path.match(text)
    assert found is not None
    assert path.match(path.fill(found)) == found


@given(templates(), st.text())
def test_what_is_matched_can_be_filled_in(template, text):
    path = PathTemplate(template)
    found = path.match(text)
    if found is not None and all(type(value) is str for value in found.values()):
        assert path.fill(found) == text


@given(st.text())
def test_any_text_is_a_template_or_an_error_that_helps(text):
    try:
        template = PathTemplate(text)
    except ValueError as error:
        assert "{" in str(error) or "}" in str(error)  # noqa: PT017
    else:
        if not template.convertors:
            assert template.match(text) == {}
            assert template.match(text + "\n") is None
