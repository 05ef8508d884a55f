import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.routing._index import RouteIndex
from duologue.routing._paths import PathTemplate


def make_index(*templates, opened=()):
    """An index of templates; those of `opened` may go on."""
    entries = []
    for template in templates:
        segments, is_open = PathTemplate(template).segments()
        entries.append((template, segments, is_open or template in opened))
    return RouteIndex(entries)


def candidates(index, path):
    return [template for _, template in index.candidates(path)]


def test_without_routes_there_are_no_candidates():
    assert candidates(make_index(), "/") == []


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/", ["/", "/{x}"]),  # the parameter may be empty, for all that the index knows
        ("/a", ["/a", "/{x}"]),
        ("/b", ["/{x}"]),
        ("/a/b", ["/{x}/b", "/a/b"]),
        ("/c/b", ["/{x}/b"]),
        ("/a/c", []),
        ("/a/b/c", []),
        ("/files/x", ["/files/{p:path}"]),
        ("/files/x/y/z", ["/files/{p:path}"]),
        ("", []),
        ("a", []),
    ],
)
def test_the_texts_between_slashes_decide(path, found):
    index = make_index("/", "/{x}/b", "/a", "/{x}", "/a/b", "/files/{p:path}")
    assert candidates(index, path) == found


def test_the_order_is_the_one_of_the_routes():
    templates = ["/{p:path}", "/a/{x}", "/{x}/b", "/a/{p:path}", "/a/b", "/{x}/{y}"]
    assert candidates(make_index(*templates), "/a/b") == templates
    templates.reverse()
    assert candidates(make_index(*templates), "/a/b") == templates


def test_equal_paths_are_all_found():
    assert candidates(make_index("/a", "/a"), "/a") == ["/a", "/a"]


def test_what_may_go_on_is_found_from_its_own_length_on():
    index = make_index("/a/b", "", opened={"/a/b", ""})
    assert candidates(index, "/a") == [""]
    assert candidates(index, "/a/b") == ["/a/b", ""]
    assert candidates(index, "/a/b/c") == ["/a/b", ""]


def test_one_look_finds_one_of_many():
    index = make_index(*[f"/rooms/{number}/{{user}}" for number in range(1_000)])
    assert candidates(index, "/rooms/999/ada") == ["/rooms/999/{user}"]


SEGMENTS = st.sampled_from(["", "a", "b", "ab", "{x}", "{x:int}", "a{x}", "{x:path}", "1"])


@st.composite
def templates(draw):
    segments = draw(st.lists(SEGMENTS, min_size=1, max_size=4))
    named = [part.replace("{x", f"{{x{number}") for number, part in enumerate(segments)]
    return "/" + "/".join(named)


@given(
    st.lists(templates(), max_size=8),
    st.lists(st.sampled_from(["", "a", "b", "ab", "1", "x"]), min_size=1, max_size=5),
)
def test_nothing_that_matches_is_missed(routes, segments):
    path = "/" + "/".join(segments)
    found = candidates(make_index(*routes), path)
    matching = [route for route in routes if PathTemplate(route).match(path) is not None]
    assert [route for route in found if PathTemplate(route).match(path) is not None] == matching


@given(st.lists(templates(), max_size=8), st.text())
def test_no_path_is_too_hostile(routes, path):
    found = candidates(make_index(*routes), path)
    matching = [route for route in routes if PathTemplate(route).match(path) is not None]
    assert [route for route in found if PathTemplate(route).match(path) is not None] == matching
