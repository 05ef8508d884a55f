"""The survey itself: what is late, what is missing, and what fails for all pages at once."""

import asyncio
import socket

import pytest
import survey
from browsing import CHROMIUM, serving


@pytest.fixture
def pages(monkeypatch):
    """Three pages, of which the first is there."""
    addresses = {("one", "en"): "one/", ("two", "en"): "two/", ("three", "en"): "three/"}
    monkeypatch.setattr(survey, "addresses", lambda: addresses)
    return list(addresses)


async def one_page(scope, receive, send):
    status = 200 if scope["path"] == "/one/" else 404
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send(
        {"type": "http.response.body", "body": b'<!doctype html><html lang="en"><h1>One</h1>'}
    )


class Request:
    """A request that another one follows while it is weighed."""

    def __init__(self, requests, *late):
        self.requests = requests
        self.late = late

    async def sizes(self):
        for path in self.late:
            self.requests.setdefault(path, Request(self.requests))
        await asyncio.sleep(0)
        return {"responseBodySize": 100, "responseHeadersSize": 10}


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_late_request_is_weighed_too(pages):
    requests = {}
    requests["/"] = Request(requests, "/late.js")
    weights = await survey.Survey("http://127.0.0.1/").weigh_all(requests)
    assert weights == {"/": 110, "/late.js": 110}


def test_what_somebody_waits_for_comes_next(pages):
    looks = survey.Survey("http://127.0.0.1/")
    todo = looks.todo()
    assert next(todo) == pages[0]
    looks.asked.extend([pages[2], pages[0]])
    assert [*todo] == [pages[2], pages[1]]


def test_a_page_that_is_not_there_leaves_the_others_to_be_seen(chromium, pages):
    with serving(one_page) as server, survey.Survey(server, chromium, CHROMIUM) as seen:
        with pytest.raises(survey.PageError, match=r"^/two/ is not in the built site: .* 404$"):
            seen[pages[1]]
        assert seen[pages[0]].headings == ["One"]


PALE = '<!doctype html><html lang="en"><p {} style="color: #999; background: #aaa">pale</p>'


async def pale_pages(scope, receive, send):
    """The same on each page; nobody sees it on the first one."""
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = PALE.format("hidden" if scope["path"] == "/one/" else "")
    await send({"type": "http.response.body", "body": body.encode()})


def test_what_looks_the_same_is_looked_at_where_it_is_first_seen(chromium, pages, monkeypatch):
    monkeypatch.setattr(survey, "TABS", 1)
    with serving(pale_pages) as server, survey.Survey(server, chromium, CHROMIUM) as seen:
        found = [seen[page].violations for page in pages]
    for scheme in survey.SCHEMES:
        pale = [any("insufficient color" in each for each in one[scheme]) for one in found]
        assert pale == [False, True, False]


def test_a_browser_that_does_not_start_fails_all_pages_with_one_error(pages):
    with survey.Survey("http://127.0.0.1/", "/no/chromium") as seen:
        with pytest.raises(survey.PlaywrightError, match="/no/chromium") as first:
            seen[pages[0]]
        with pytest.raises(survey.PlaywrightError) as second:
            seen[pages[2]]
    assert first.value is second.value


def test_a_server_that_is_gone_fails_all_pages_with_one_error(chromium, pages):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with survey.Survey(f"http://127.0.0.1:{port}/", chromium, CHROMIUM) as seen:
        with pytest.raises(survey.SurveyError, match=r"cannot be looked at\. .*REFUSED") as first:
            seen[pages[0]]
        with pytest.raises(survey.SurveyError) as second:
            seen[pages[2]]
    assert first.value is second.value


def test_a_survey_that_stands_still_fails_all_pages_with_one_error(pages, monkeypatch):
    monkeypatch.setattr(survey, "SURVEY", 0.01)
    looks = survey.Survey("http://127.0.0.1/")  # which never starts
    with pytest.raises(survey.SurveyError, match=r"^Nothing is seen of /two/\.$") as first:
        looks[pages[1]]
    with pytest.raises(survey.SurveyError) as second:
        looks[pages[0]]
    assert first.value is second.value
