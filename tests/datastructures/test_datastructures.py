import copy
import json
import pickle
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiDict

from duologue.datastructures import URL, Address, Headers, MutableHeaders, QueryParams, State

RAW = [(b"host", b"h"), (b"accept", b"a/b"), (b"cookie", b"x=1"), (b"accept", b"c/d")]
PAIRS = [("host", "h"), ("accept", "a/b"), ("cookie", "x=1"), ("accept", "c/d")]

UNHASHABLE = [[], {}, set()]
STRANGERS = [None, 5, b"accept", b"a", ("accept",), *UNHASHABLE]


def decoded():
    headers = Headers(raw=RAW)
    assert len(headers) == 4
    return headers


# The same headers, from text and from bytes, before and after these have been decoded.
MAKERS = [lambda: Headers(PAIRS), lambda: Headers(raw=RAW), decoded]
each_maker = pytest.mark.parametrize("make", MAKERS, ids=["text", "bytes", "decoded"])


def test_the_url_can_be_imported_from_here():
    assert URL("ws://h/").hostname == "h"


def test_an_address_has_host_and_port():
    address = Address("127.0.0.1", 8000)
    assert (address.host, address.port) == address == ("127.0.0.1", 8000)


# Headers


@each_maker
def test_a_header_is_found_in_any_case(make):
    assert make()["cookie"] == make()["Cookie"] == make()["COOKIE"] == "x=1"
    assert make().get("Cookie") == "x=1"
    assert "COOKIE" in make()
    assert make().getone("Cookie") == "x=1"
    assert make().getall("Cookie") == make().getlist("COOKIE") == ["x=1"]


@pytest.mark.parametrize("name", [b"Accept", b"ACCEPT", b"aCCept"])
def test_a_server_may_give_names_in_any_case(name):
    assert Headers(raw=[(name, b"1"), (b"accept", b"2")])["accept"] == "1"
    assert Headers(raw=[(name, b"1"), (b"accept", b"2")]).getlist("Accept") == ["1", "2"]
    assert list(Headers(raw=[(name, b"1")])) == ["accept"]
    assert Headers(raw=[(name, b"1")]).raw == [(b"accept", b"1")]


@each_maker
def test_the_first_of_several_values_counts(make):
    assert make()["accept"] == "a/b"
    assert make().getone("accept") == "a/b"
    assert make().getall("accept") == make().getlist("accept") == ["a/b", "c/d"]


@each_maker
def test_headers_keep_their_order(make):
    headers = make()
    assert list(headers) == list(headers.keys()) == ["host", "accept", "cookie", "accept"]
    assert list(headers.values()) == ["h", "a/b", "x=1", "c/d"]
    assert list(headers.items()) == headers.multi_items() == PAIRS
    assert headers.raw == RAW
    assert len(headers) == len(headers.keys()) == len(headers.values()) == len(headers.items()) == 4


@each_maker
def test_a_missing_header_is_a_key_error(make):
    for read in (make().__getitem__, make().getone, make().getall):
        with pytest.raises(KeyError, match="x-missing"):
            read("x-missing")


@each_maker
def test_a_missing_header_may_have_a_default(make):
    headers = make()
    assert headers.get("x-missing") is None
    assert headers.get("x-missing", "d") == headers.getone("x-missing", "d") == "d"
    assert headers.getone("x-missing", None) is None
    assert headers.getall("x-missing", None) is None
    assert headers.getall("x-missing", ["d"]) == ["d"]
    assert headers.getlist("x-missing") == []


@each_maker
@pytest.mark.parametrize("stranger", STRANGERS, ids=repr)
def test_anything_may_be_sought(make, stranger):
    headers = make()
    assert stranger not in headers
    assert stranger not in headers.keys()  # noqa: SIM118 - the view is meant
    with pytest.raises(TypeError):
        headers[stranger]


@pytest.mark.parametrize("name", ["Ω", "é", "\ud800"])
def test_a_name_that_no_header_can_have_is_not_there(name):
    assert name not in Headers(raw=[(b"?", b"1"), (b"k", b"1")])
    with pytest.raises(KeyError):
        Headers(raw=[(b"?", b"1"), (b"k", b"1"), (b"\xc3\xa9", b"1")])[name]


def test_headers_are_latin_1():
    every = bytes(range(256))
    headers = Headers(raw=[(b"x", every), (b"\xe9", b"1")])
    assert headers["x"] == headers.getone("x") == every.decode("latin-1")
    assert headers["é"] == "1"
    assert headers.raw == [(b"x", every), (b"\xe9", b"1")]


@given(st.lists(st.tuples(st.binary(), st.binary())))
def test_no_bytes_are_too_hostile_for_headers(raw):
    headers = Headers(raw=raw)
    for name, value in raw:
        key = name.decode("latin-1")
        assert value.decode("latin-1") in headers.getlist(key)
        assert Headers(raw=raw)[key] == headers[key] == headers.getlist(key)[0]
    assert headers.raw == [
        (name.decode("latin-1").lower().encode("latin-1"), value) for name, value in raw
    ]


def test_text_that_no_header_can_carry_is_refused_when_it_is_encoded():
    with pytest.raises(ValueError, match=r"^A header can carry latin-1 only"):
        assert Headers({"x": "值"}).raw


@each_maker
def test_headers_become_a_dictionary_of_first_values(make):
    first = {"host": "h", "accept": "a/b", "cookie": "x=1"}
    assert dict(make()) == {**make()} == first


@pytest.mark.parametrize(
    "given_as",
    [
        {"Host": "h", "X": "1"},
        [("HOST", "h"), ("x", "1")],
        iter([("host", "h"), ("x", "1")]),
        Headers({"host": "h", "x": "1"}),
        MutableHeaders({"host": "h", "x": "1"}),
        CIMultiDict({"Host": "h", "x": "1"}),
    ],
)
def test_headers_may_be_given_in_many_forms(given_as):
    assert Headers(given_as).multi_items() == [("host", "h"), ("x", "1")]


def test_no_headers_are_empty():
    assert not Headers()
    assert Headers().multi_items() == Headers(raw=[]).multi_items() == []


@each_maker
def test_a_copy_keeps_what_stands_twice(make):
    assert Headers(make()).multi_items() == PAIRS


@each_maker
def test_headers_compare_by_what_they_say(make):
    headers = make()
    assert headers == Headers([(name.upper(), value) for name, value in PAIRS])
    assert headers == MutableHeaders(PAIRS)
    assert MutableHeaders(PAIRS) == headers
    assert headers == Headers(sorted(PAIRS)), "names may come in another order"
    assert headers != Headers(PAIRS[::-1]), "values of one name may not"
    assert headers != Headers(PAIRS[1:])
    assert headers != PAIRS
    assert headers != dict(PAIRS)
    assert headers != QueryParams(PAIRS)


def test_headers_show_what_they_say():
    assert repr(Headers(raw=RAW[:2])) == "Headers({'host': 'h', 'accept': 'a/b'})"
    assert repr(MutableHeaders({"X": "1"})) == "MutableHeaders({'x': '1'})"
    twice = Headers([("x", "1"), ("x", "2")])
    assert repr(twice) == "Headers(raw=[(b'x', b'1'), (b'x', b'2')])"
    assert repr(Headers([("x", "1"), ("x", "值")])) == "Headers([('x', '1'), ('x', '值')])"
    assert repr(Headers()) == "Headers({})"


@each_maker
def test_what_headers_show_makes_the_same_again(make):
    assert eval(repr(make())) == make()


@each_maker
def test_names_values_and_pairs_are_lists(make):
    headers = make()
    assert json.loads(json.dumps(headers.items())) == [list(pair) for pair in headers.multi_items()]
    assert json.loads(json.dumps([headers.keys(), headers.values()])) == [
        [name for name, _ in headers.multi_items()],
        [value for _, value in headers.multi_items()],
    ]
    assert headers.items()[0] == (headers.keys()[0], headers.values()[0])
    headers.items().clear()
    assert len(headers) > 0


@each_maker
def test_headers_are_a_mapping_that_cannot_be_changed(make):
    headers = make()
    assert isinstance(headers, Mapping)
    with pytest.raises(TypeError):
        headers["x"] = "1"
    with pytest.raises(TypeError):
        del headers["host"]
    with pytest.raises(TypeError):
        hash(headers)
    with pytest.raises(AttributeError):
        headers.x = "1"
    for change in ("add", "append", "clear", "extend", "pop", "popitem", "setdefault", "update"):
        assert not hasattr(headers, change)


@each_maker
def test_what_headers_return_is_not_the_headers(make):
    headers = make()
    headers.getall("accept").clear()
    headers.getlist("accept").clear()
    headers.multi_items().clear()
    headers.raw.clear()
    headers.mutablecopy()["host"] = "other"
    assert headers.multi_items() == PAIRS


def test_headers_do_not_change_with_what_they_were_made_of():
    raw = list(RAW)
    headers = Headers(raw=raw)
    raw.clear()
    assert headers.multi_items() == PAIRS


@pytest.mark.parametrize("duplicate", [copy.copy, lambda it: pickle.loads(pickle.dumps(it))])
@each_maker
def test_headers_can_travel_to_another_process(make, duplicate):
    assert duplicate(make()).multi_items() == PAIRS


# Headers that can be changed


def test_a_copy_of_headers_can_be_changed():
    headers = Headers(raw=RAW).mutablecopy()
    assert type(headers) is MutableHeaders
    headers["Accept"] = "e/f"
    headers["X-New"] = "1"
    del headers["COOKIE"]
    assert headers.multi_items() == [("host", "h"), ("accept", "e/f"), ("x-new", "1")]


def test_a_missing_header_can_be_deleted():
    headers = MutableHeaders(raw=RAW)
    del headers["x-missing"]
    assert headers.multi_items() == PAIRS


def test_a_header_can_be_appended():
    headers = MutableHeaders({"vary": "a"})
    headers.append("Vary", "b")
    assert headers.multi_items() == [("vary", "a"), ("vary", "b")]


def test_a_header_can_be_set_where_it_is_missing():
    headers = MutableHeaders({"vary": "a"})
    assert headers.setdefault("Vary", "b") == "a"
    assert headers.setdefault("X", "b") == "b"
    assert headers.multi_items() == [("vary", "a"), ("x", "b")]


def test_several_headers_can_be_set():
    headers = MutableHeaders(raw=[*RAW])
    headers.update({"Accept": "e/f", "X": "1"})
    assert headers.multi_items() == [
        ("host", "h"),
        ("accept", "e/f"),
        ("cookie", "x=1"),
        ("x", "1"),
    ]


# Query parameters


QUERY = "search=a&page=1&search=b"
QUERY_PAIRS = [("search", "a"), ("page", "1"), ("search", "b")]


def test_the_last_of_several_values_counts():
    params = QueryParams(QUERY)
    assert params["search"] == params.get("search") == "b"
    assert params.getone("search") == "a"
    assert params.getall("search") == params.getlist("search") == ["a", "b"]


def test_each_parameter_counts_once_in_the_order_of_the_first():
    params = QueryParams(QUERY)
    assert list(params) == list(params.keys()) == ["search", "page"]
    assert list(params.values()) == ["b", "1"]
    assert list(params.items()) == [("search", "b"), ("page", "1")]
    assert params.multi_items() == QUERY_PAIRS
    assert len(params) == 2
    assert dict(params) == {**params} == {"search": "b", "page": "1"}


def test_the_case_of_a_parameter_matters():
    assert "search" in QueryParams(QUERY)
    assert "Search" not in QueryParams(QUERY)


def test_a_missing_parameter_is_a_key_error():
    params = QueryParams(QUERY)
    for read in (params.__getitem__, params.getone, params.getall):
        with pytest.raises(KeyError, match="missing"):
            read("missing")


def test_a_missing_parameter_may_have_a_default():
    params = QueryParams(QUERY)
    assert params.get("missing") is None
    assert params.get("missing", "d") == params.getone("missing", "d") == "d"
    assert params.getall("missing", None) is None
    assert params.getlist("missing") == []


@pytest.mark.parametrize("stranger", STRANGERS, ids=repr)
def test_anything_may_be_sought_among_parameters(stranger):
    params = QueryParams("a=1")
    assert stranger not in params
    with pytest.raises(TypeError):
        params[stranger]


@pytest.mark.parametrize(
    "params",
    [
        QueryParams(QUERY),
        QueryParams(QUERY.encode()),
        QueryParams(QUERY_PAIRS),
        QueryParams(iter(QUERY_PAIRS)),
        QueryParams(MultiDict(QUERY_PAIRS)),
        QueryParams(QueryParams(QUERY)),
        QueryParams([("search", "a"), ("page", "1")], search="b"),
        QueryParams("search=a", page=1, search="b"),
    ],
)
def test_parameters_may_be_given_in_many_forms(params):
    assert params.multi_items() == QUERY_PAIRS
    assert str(params) == QUERY


def test_no_parameters_are_empty():
    for params in (QueryParams(), QueryParams(""), QueryParams(b""), QueryParams({})):
        assert not params
        assert str(params) == ""


@given(st.text() | st.text(alphabet="ab=&%+;#é2"))
@example("a=%ff&%E4%BD%A0=b+c&;=&&d")
@example("\ud800=\ud800")
def test_a_query_is_read_as_the_standard_library_reads_it(query):
    assert QueryParams(query).multi_items() == parse_qsl(query, keep_blank_values=True)


@given(st.binary() | st.text(alphabet="ab=&%+;# é").map(lambda text: text.encode("latin-1")))
@example(b"\xff=\xe4\xbd\xa0&a=%ff+b c#d")
def test_a_query_in_bytes_is_utf_8_as_far_as_it_is(query):
    def read(part):
        return unquote_to_bytes(part.replace(b"+", b" ")).decode("utf-8", "replace")

    pairs = [pair.partition(b"=") for pair in query.split(b"&") if pair]
    expected = [(read(name), read(value)) for name, _, value in pairs]
    assert QueryParams(query).multi_items() == expected


@given(st.lists(st.tuples(st.text(), st.text())))
def test_parameters_become_a_query_that_is_read_again(pairs):
    def sent(text):
        return text.encode(errors="replace").decode()

    expected = [(sent(name), sent(value)) for name, value in pairs]
    assert QueryParams(str(QueryParams(pairs))).multi_items() == expected


def test_parameters_compare_by_what_they_say():
    params = QueryParams(QUERY)
    assert params == QueryParams(QUERY_PAIRS)
    assert params == QueryParams("page=1&search=a&search=b"), "names may come in another order"
    assert params != QueryParams("page=1&search=b&search=a"), "values of one name may not"
    assert params != QueryParams("search=b&page=1")
    assert params != {"search": "b", "page": "1"}
    assert params != Headers(QUERY_PAIRS)
    assert params != QUERY


def test_parameters_show_what_they_say():
    assert repr(QueryParams("a=1&b=&a=%202")) == "QueryParams('a=1&b=&a=+2')"


def test_parameters_are_a_mapping_that_cannot_be_changed():
    params = QueryParams(QUERY)
    assert isinstance(params, Mapping)
    with pytest.raises(TypeError):
        params["x"] = "1"
    with pytest.raises(TypeError):
        del params["page"]
    with pytest.raises(TypeError):
        hash(params)
    with pytest.raises(AttributeError):
        params.x = "1"
    for change in ("add", "append", "clear", "extend", "pop", "popitem", "setdefault", "update"):
        assert not hasattr(params, change)


def test_what_parameters_return_is_not_the_parameters():
    params = QueryParams(QUERY)
    params.getall("search").clear()
    params.getlist("search").clear()
    params.multi_items().clear()
    assert params.multi_items() == QUERY_PAIRS


@pytest.mark.parametrize("duplicate", [copy.copy, lambda it: pickle.loads(pickle.dumps(it))])
def test_parameters_can_travel_to_another_process(duplicate):
    assert duplicate(QueryParams(QUERY)).multi_items() == QUERY_PAIRS


# State


def test_a_value_of_a_state_is_an_attribute_and_an_item():
    state = State({"rooms": 3})
    assert state.rooms == state["rooms"] == 3
    state.users = 4
    state["limit"] = 5
    assert (state["users"], state.limit) == (4, 5)
    del state.rooms
    del state["users"]
    assert list(state) == ["limit"]
    assert len(state) == 1
    assert "limit" in state


def test_a_state_stands_on_the_dictionary_it_is_given():
    shared = {}
    State(shared).rooms = 3
    assert shared == {"rooms": 3}
    assert State(shared).rooms == 3


def test_a_state_of_its_own_is_empty():
    state = State()
    assert len(state) == 0
    assert list(state) == []
    assert "rooms" not in state
    assert [] not in list(state)


def test_a_state_shows_what_it_holds():
    assert repr(State({"rooms": 3})) == "State({'rooms': 3})"


def test_what_a_state_lacks_is_an_attribute_error_or_a_key_error():
    state = State()
    with pytest.raises(AttributeError, match=r"^The state has no 'rooms'\.$"):
        assert state.rooms
    with pytest.raises(AttributeError, match=r"^The state has no 'rooms'\.$"):
        del state.rooms
    with pytest.raises(KeyError):
        assert state["rooms"]
    with pytest.raises(KeyError):
        del state["rooms"]


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda state: pickle.loads(pickle.dumps(state))]
)
def test_a_state_can_be_copied(duplicate):
    assert duplicate(State({"rooms": 3})).rooms == 3
