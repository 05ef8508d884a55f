from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.datastructures import URL
from duologue.routing import NoMatchFound, URLPath


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/", "/"),
        ("", ""),
        ("/a b", "/a%20b"),
        ("/한", "/%ED%95%9C"),
        ("/100%", "/100%25"),
        ("/%2F", "/%252F"),
        ("/a?b#c", "/a%3Fb%23c"),
        ("/a\\b", "/a%5Cb"),
        ("/a\n\0", "/a%0A%00"),
        ("/-._~:@!$&'()*+,;=", "/-._~:@!$&'()*+,;="),
        ("//example.org/a", "/%2Fexample.org/a"),
        ("///", "/%2F/"),
        ("/...", "/..."),
        ("/a.b", "/a.b"),
    ],
)
def test_a_path_is_percent_encoded_once(text, path):
    assert URLPath.from_text(text) == path


@pytest.mark.parametrize("text", ["/.", "/..", "/a/../b", "/./"])
def test_a_segment_that_clients_take_out_is_an_error(text):
    with pytest.raises(ValueError) as raised:
        URLPath.from_text(text)
    assert str(raised.value) == (
        f"No URL can carry the path {text!r}: clients take the segments '.' and '..' out, encoded "
        "or not. Use another value for the parameter."
    )


def test_half_of_a_character_is_an_error():
    with pytest.raises(ValueError):
        URLPath.from_text("/\ud800")


def test_a_path_is_a_string_that_knows_more():
    path = URLPath("/a", "websocket", "example.com")
    assert isinstance(path, str)
    assert path == "/a"
    assert (path.protocol, path.host) == ("websocket", "example.com")
    assert (URLPath("/a").protocol, URLPath("/a").host) == ("", "")


def test_a_path_below_another_one_keeps_what_it_knows():
    path = URLPath("/a", "websocket", "example.com").below("/m")
    assert path == "/m/a"
    assert (path.protocol, path.host) == ("websocket", "example.com")


@pytest.mark.parametrize(
    ("protocol", "base", "url"),
    [
        ("websocket", "http://h", "ws://h/a"),
        ("websocket", "https://h/", "wss://h/a"),
        ("websocket", "ws://h:80/m/", "ws://h:80/m/a"),
        ("websocket", "wss://h/m", "wss://h/m/a"),
        ("http", "ws://h", "http://h/a"),
        ("http", "wss://h", "https://h/a"),
        ("", "ws://h", "ws://h/a"),
        ("", "https://h", "https://h/a"),
    ],
)
def test_a_whole_url_is_as_secure_as_the_base(protocol, base, url):
    made = URLPath("/a", protocol).make_absolute_url(base)
    assert made == url
    assert type(made) is URL


def test_a_host_of_its_own_takes_the_place_of_the_base():
    path = URLPath("/a", "websocket", "example.com:8000")
    assert path.make_absolute_url("https://other:1/") == "wss://example.com:8000/a"


def test_where_the_base_has_no_host_there_is_none():
    base = URL.from_scope({"type": "websocket", "scheme": "wss", "path": "/api/"})
    assert URLPath("/a", "websocket").make_absolute_url(base) == "/api/a"
    hosted = URLPath("/a", "websocket", "example.com")
    assert hosted.make_absolute_url(base) == "wss://example.com/api/a"
    assert URLPath("/a", "", "example.com").make_absolute_url("/api") == "//example.com/api/a"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_path_comes_back_decoded(text):
    path = "/" + text
    if {".", ".."} & set(path.split("/")):
        return
    url = URLPath.from_text(path, "websocket").make_absolute_url("ws://h")
    assert url.isascii()
    assert url.netloc == "h"
    assert not url.query
    assert not url.fragment
    assert unquote(url.path) == path


# Names that nobody has


def test_the_error_says_which_routes_there_are():
    error = NoMatchFound("lobby", {"a": 1, "b": 2}, [("room", ["name"]), ("chat:x", []), ("a", [])])
    assert str(error) == (
        'No route exists for name "lobby" and params "a, b". There is: a(), chat:x(), room(name).'
    )
    assert isinstance(error, LookupError)


def test_routes_of_the_same_name_come_alone():
    known = [("room", ["name", "day"]), ("room", []), ("other", [])]
    assert str(NoMatchFound("room", {"x": 1}, known)) == (
        'No route exists for name "room" and params "x". There is: room(), room(name, day).'
    )


def test_there_may_be_no_names():
    assert str(NoMatchFound("room", {})) == (
        'No route exists for name "room" and params "". There is: no route with a name.'
    )


def test_of_many_names_only_some_are_shown():
    known = [(f"room{number:03}", []) for number in range(21)]
    assert str(NoMatchFound("x", {}, known)).endswith(", room019() and 1 more.")
    assert str(NoMatchFound("x", {}, known[:20])).endswith(", room019().")


# Starlette
