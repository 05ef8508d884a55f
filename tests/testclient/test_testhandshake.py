import pytest

from duologue.testclient._handshake import add_params, authorization_headers, cookie_headers


@pytest.mark.parametrize(
    ("query", "params", "expected"),
    [
        ("", None, ""),
        ("a=1", None, "a=1"),
        ("", "b=2", "b=2"),
        ("a=1", "?b=2", "a=1&b=2"),
        ("a=1", {"b": "é &"}, "a=1&b=%C3%A9+%26"),
        ("", {"n": 1, "yes": True, "no": False, "none": None}, "n=1&yes=true&no=false&none="),
        ("", {"id": [1, 2], "x": ("y",)}, "id=1&id=2&x=y"),
        ("", [("id", 1), ("id", 2)], "id=1&id=2"),
        ("", {}, ""),
    ],
)
def test_parameters_of_a_query(query, params, expected):
    assert add_params(query, params) == expected


@pytest.mark.parametrize(
    ("params", "kind"), [(["ab"], "str"), (("a", "b"), "str"), (b"a=1", "int"), ([("a",)], "tuple")]
)
def test_what_is_no_parameter(params, kind):
    with pytest.raises(TypeError) as raised:
        add_params("", params)
    assert str(raised.value) == f"A parameter is a pair of a name and a value, not {kind}."


def test_cookies():
    assert cookie_headers({}) == []
    assert cookie_headers({"a": "1", "b": "2"}) == [(b"cookie", b"a=1; b=2")]


def test_a_user():
    assert authorization_headers(None) == []
    assert authorization_headers(("ada", "é")) == [(b"authorization", b"Basic YWRhOsOp")]


@pytest.mark.parametrize("auth", ["ada:secret", ("ada",), ("ada", None), object()])
def test_who_is_no_user(auth):
    with pytest.raises(TypeError, match=r"^auth is a pair of a user's name and a password, not "):
        authorization_headers(auth)
