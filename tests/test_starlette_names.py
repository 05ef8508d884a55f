"""The names of Starlette exist here too, with the same arguments: so code moves over by its import.

What is missing on purpose is listed below with the reason, and on the page Differences.
"""

import importlib
import inspect
import warnings

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it wants another HTTP client, which nothing here uses
    import starlette.testclient

from duologue.responses import Response

# Starlette's modules, and ours where they have other names; which names, where not all of them.
MODULES = {
    "applications": ("applications", {"Starlette": "Duologue"}),
    "convertors": ("convertors", None),
    "datastructures": ("datastructures", None),
    "endpoints": ("endpoints", {"WebSocketEndpoint": "WebSocketEndpoint"}),
    "exceptions": ("exceptions", None),
    "middleware": ("middleware", {"Middleware": "Middleware"}),
    "requests": ("connection", {"HTTPConnection": "Connection"}),
    "responses": ("responses", None),
    "routing": ("routing", None),
    "status": ("status", None),
    "testclient": ("testclient", None),
    "types": ("types", None),
    "websockets": ("websockets", None),
}

HTTP = "HTTP is for the application that is mounted"
AT_ONCE = "it is given when the application is made"
MULTIDICT = "multidict has it"
INDEX = "an index finds the route: none is asked alone"
INSIDE = "nobody outside of Starlette has a use for it"
DENIAL = "a denial has no need of it"
ORDER = "it goes by keyword: there are too many of them to be told apart by their order"
STATE = "WebSocketStateError says what to do instead"
RAW = "pairs of bytes are given as `raw`"

MISSING = {
    "applications.Starlette.add_exception_handler": AT_ONCE,
    "applications.Starlette.add_middleware": AT_ONCE,
    "applications.Starlette.add_route": HTTP,
    "applications.Starlette.build_middleware_stack": INSIDE,
    "applications.Starlette.host": "app.router.add(Host(...))",
    "applications.Starlette.mount": "app.router.add(Mount(...))",
    "datastructures.CommaSeparatedStrings": "it is about configuration",
    "datastructures.FormData": HTTP,
    "datastructures.ImmutableMultiDict": MULTIDICT,
    "datastructures.MultiDict": MULTIDICT,
    "datastructures.MutableHeaders.add_vary_header": HTTP,
    "datastructures.Secret": "it is about configuration",
    "datastructures.URLPath": "it belongs to routing",
    "datastructures.UploadFile": HTTP,
    "exceptions.StarletteDeprecationWarning": INSIDE,
    "responses.FileResponse.chunk_size": DENIAL,
    "responses.FileResponse.generate_multipart": DENIAL,
    "responses.FileResponse.max_ranges": DENIAL,
    "responses.FileResponse.set_stat_headers": INSIDE,
    "responses.MalformedRangeHeader": DENIAL,
    "responses.RangeNotSatisfiable": DENIAL,
    "responses.Response.init_headers": INSIDE,
    "responses.StreamingResponse.listen_for_disconnect": INSIDE,
    "responses.StreamingResponse.stream_response": INSIDE,
    "routing.BaseRoute.handle": INDEX,
    "routing.CONVERTOR_TYPES": "it is in convertors, as in Starlette",
    "routing.Host.handle": INDEX,
    "routing.Mount.handle": INDEX,
    "routing.Route": HTTP,
    "routing.Router.add_route": HTTP,
    "routing.Router.add_websocket_route": "add(WebSocketRoute(...))",
    "routing.Router.app": INSIDE,
    "routing.Router.host": "add(Host(...))",
    "routing.Router.lifespan": "the lifespan that was given, or `None`",
    "routing.Router.mount": "add(Mount(...))",
    "routing.Router.not_found": "default=... of the router",
    "routing.WebSocketRoute.handle": INDEX,
    "routing.compile_path": INSIDE,
    "routing.get_name": INSIDE,
    "routing.replace_params": INSIDE,
    "routing.request_response": HTTP,
    "routing.websocket_session": "WebSocketRoute(...).app",
    "status.HTTP_306_RESERVED": "nobody may send it (RFC 9110 section 15.4.7)",
    "testclient.TestClient.lifespan": "`with TestClient(app)` runs it",
    "testclient.TestClient.portal": INSIDE,
    "testclient.TestClient.request": HTTP,
    "testclient.TestClient.wait_shutdown": INSIDE,
    "testclient.TestClient.wait_startup": INSIDE,
    "types.AppType": INSIDE,
    "websockets.WebSocketClose": "close() before accept() does it",
    "websockets.WebSocketDisconnected": STATE,
}

# Arguments that are missing, or may not be given by their place.
ARGUMENTS = {
    "applications.Starlette(debug)": ORDER,
    "applications.Starlette(exception_handlers)": ORDER,
    "applications.Starlette(lifespan)": ORDER,
    "applications.Starlette(max_body_size)": HTTP,
    "applications.Starlette(middleware)": ORDER,
    "applications.Starlette(routes)": "they come first",
    "datastructures.Headers(scope)": RAW,
    "datastructures.MutableHeaders(scope)": RAW,
    "datastructures.QueryParams(args)": "the first one is called `params`",
    "datastructures.QueryParams(kwargs)": "they are called `more`",
    "datastructures.URL(components)": "URL(...).replace(...)",
    "datastructures.URL(scope)": "URL.from_scope(...)",
    "datastructures.URL(url)": "it is a `str`, and made like one",
    "datastructures.URL.include_query_params(kwargs)": "they are called `params`",
    "datastructures.URL.replace(kwargs)": "they are called `parts`",
    "datastructures.URL.replace_query_params(kwargs)": "they are called `params`",
    "requests.HTTPConnection(receive)": "Starlette's does nothing with it",
    "responses.FileResponse(background)": DENIAL,
    "responses.FileResponse(content_disposition_type)": DENIAL,
    "responses.FileResponse(stat_result)": DENIAL,
    "responses.HTMLResponse(background)": DENIAL,
    "responses.JSONResponse(background)": DENIAL,
    "responses.PlainTextResponse(background)": DENIAL,
    "responses.RedirectResponse(background)": DENIAL,
    "responses.Response(background)": DENIAL,
    "responses.Response.delete_cookie(partitioned)": DENIAL,
    "responses.Response.set_cookie(partitioned)": DENIAL,
    "responses.StreamingResponse(background)": DENIAL,
    "routing.Mount(max_body_size)": HTTP,
    "routing.Router(default)": ORDER,
    "routing.Router(lifespan)": ORDER,
    "routing.Router(max_body_size)": HTTP,
    "routing.Router(redirect_slashes)": HTTP,
    "testclient.TestClient(client)": ORDER,
    "testclient.TestClient(cookies)": ORDER,
    "testclient.TestClient(follow_redirects)": HTTP,
    "testclient.TestClient(headers)": ORDER,
    "testclient.TestClient.websocket_connect(kwargs)": "those of HTTPX",
    "testclient.WebSocketDenialResponse": "it is no response of HTTPX, and only clients make one",
    "testclient.WebSocketTestSession": "only clients make one",
}

# Properties there, plain attributes here.
OF_INSTANCES = {"responses.Response.headers": Response()}

GONE = object()


def public(module):
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and getattr(value, "__module__", module.__name__) == module.__name__
        and name not in {"TYPE_CHECKING", "T"}
    )


def members(cls, ours):
    """The public members that Starlette has given a class, or a base of it that is not here."""
    owners = [
        owner
        for owner in cls.__mro__
        if owner is cls
        or (owner.__module__ == cls.__module__ and not hasattr(ours, owner.__name__))
    ]
    return sorted({name for owner in owners for name in vars(owner) if not name.startswith("_")})


def pairs():
    """All names, each with what Starlette has and what is here, or `GONE`."""
    for module_name, (our_name, chosen) in MODULES.items():
        theirs = importlib.import_module(f"starlette.{module_name}")
        ours = importlib.import_module(f"duologue.{our_name}")
        for name in chosen or public(theirs):
            their_value = getattr(theirs, name)
            our_value = getattr(ours, (chosen or {}).get(name, name), GONE)
            yield f"{module_name}.{name}", their_value, our_value
            if inspect.isclass(their_value) and our_value is not GONE:
                for member in members(their_value, ours):
                    full_name = f"{module_name}.{name}.{member}"
                    if full_name not in OF_INSTANCES:
                        our_member = getattr(our_value, member, GONE)
                        yield full_name, getattr(their_value, member), our_member


PAIRS = list(pairs())


def parameters(function):
    try:
        return inspect.signature(function).parameters
    except ValueError:
        return {}  # it does not tell


def differing(name, theirs, ours):
    """The arguments that cannot be given here as they are there."""
    their_own, our_own = parameters(theirs), parameters(ours)
    shared = [parameter for parameter in our_own if parameter in their_own]
    in_order = [parameter for parameter in their_own if parameter in our_own]
    for parameter in their_own:
        if parameter not in our_own:
            yield f"{name}({parameter})"
        else:
            known, own = their_own[parameter], our_own[parameter]
            by_place = known.kind is known.POSITIONAL_OR_KEYWORD
            moved = shared.index(parameter) != in_order.index(parameter)
            if by_place and (own.kind is own.KEYWORD_ONLY or moved):
                yield f"{name}({parameter})"


def test_nothing_is_missing_but_what_shall_be():
    missing = {name for name, _, ours in PAIRS if ours is GONE}
    assert missing == set(MISSING)


def test_what_is_no_property_is_an_attribute():
    for name, instance in OF_INSTANCES.items():
        assert hasattr(instance, name.rpartition(".")[2])


def test_the_arguments_are_the_same_but_where_they_shall_differ():
    found = set()
    for name, theirs, ours in PAIRS:
        if ours is GONE or not callable(theirs):
            continue
        if inspect.isclass(theirs) and name in ARGUMENTS:
            found.add(name)
            continue
        found |= set(differing(name, theirs, ours))
    assert found == set(ARGUMENTS)


@pytest.mark.parametrize(
    ("name", "theirs", "ours"),
    [pair for pair in PAIRS if isinstance(pair[1], int) and not callable(pair[1])],
)
def test_numbers_are_the_same(name, theirs, ours):
    if name not in MISSING:
        assert ours == theirs


def test_it_is_really_starlette_that_is_compared():
    assert starlette.testclient.TestClient in [theirs for _, theirs, _ in PAIRS]
    assert len(PAIRS) > 250
