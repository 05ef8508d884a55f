import pytest

from duologue.middleware import Middleware


class Own:
    def __init__(self, app, *, name=""):
        self.app = app


def test_a_middleware_holds_what_it_is_made_with():
    cls, arguments, options = Middleware(Own, 1, name="x")
    assert (cls, arguments, options) == (Own, (1,), {"name": "x"})


def test_its_representation_is_as_it_is_written():
    assert repr(Middleware(Own, 1, name="x")) == "Middleware(Own, 1, name='x')"
    assert repr(Middleware(Own)) == "Middleware(Own)"


def test_it_must_be_callable():
    with pytest.raises(
        TypeError, match=r"^A middleware is a class or a function that takes an app, not"
    ):
        Middleware("gzip")
