"""Nothing that the site says by itself is left in English in another language."""

import json
import re
from functools import cache
from html.parser import HTMLParser

import pytest

from docs_tools.project.languages import languages
from docs_tools.project.snippets import snippets
from duologue.scripts import load

SOURCE, *OTHERS = languages()
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
SPOKEN = ["alt", "aria-description", "aria-label", "label", "placeholder", "title"]


def clients_of(snippet):
    """The names of those who speak in a dialogue."""
    return {line.client for line in load(snippet.script).lines if hasattr(line, "client")}


# What is the same in every language: code, and what is marked as another language.
NOT_WORDS = {"code", "kbd", "pre", "samp", "script", "style", "svg", "var"}
# Values of programs, and what comes from the catalogues: their own check says what is left there.
ELSEWHERE = {"doc-contents", "doc-md-description", "modules"}
ELSEWHERE |= {"turn--comment", "turn__content", "turn__headers"}
# Names, and words that engineers do not translate.
NAMES = {
    "ASGI",
    "Bearer",
    "CLI",
    "Cookie",
    "Duologue",
    "HTTP",
    "JSON",
    "Python",
    "README",
    "URL",
    "WebSocket",
}
NAMES |= {"Websocket", "Denial", "Response"}  # an extension of ASGI
NAMES |= {client for snippet in snippets() for client in clients_of(snippet)}
NAMES |= {"Ping", "lifespan", "token"}
NAMES |= {"Channels", "Django", "Falcon", "Sanic"}
NAMES |= {"Lilya", "Litestar", "Quart", "Starlette", "HTTPX"}
NAMES |= {"MiB", "asyncio", "multidict", "sansio"}
NAMES |= {"anycorn", "daphne", "granian", "gunicorn", "hypercorn", "trio", "uvicorn", "websockets"}
NAMES |= {"Autobahn", "SIGTERM", "Pygments", "picows", "uvloop", "wsproto"}
NAMES |= {"Caddy", "Prometheus", "Redis", "cookie", "nginx"}
NAMES |= {"Report", "Security", "vulnerability"}  # what the buttons of the repository say
WORD = re.compile(r"[A-Za-z]{2,}")


class Said(HTMLParser):
    """Everything that a page says in the language of the site, in text or in attributes."""

    def __init__(self, text, tag):
        super().__init__()
        self.tag = tag
        self.open = []
        self.found = set()
        self.objects = set()
        self.feed(text)
        self.found -= self.objects

    def keep(self, texts, attributes=None):
        """Keep what is said here: it has words, they are of this language and not a docstring's."""
        texts = [text for text in texts if text and not text.isspace()]
        if not texts:
            return
        path = [*self.open, ("", attributes or {})]
        language = [values["lang"] for _, values in path if values.get("lang")][-1:]
        classes = [values["class"] for _, values in path if values.get("class")][-1:]
        if (
            not NOT_WORDS & {name for name, _ in path}
            and language == [self.tag]
            and not ELSEWHERE & set(" ".join(classes).split())
        ):
            self.found.update(" ".join(text.split()) for text in texts)

    def handle_starttag(self, name, attributes):
        values = dict(attributes)
        # An object of the reference has its path as its id, and is called by its name.
        self.objects.add((values.get("id") or "").rpartition(".")[2])
        self.keep([values.get(each) for each in SPOKEN], values)
        if values.get("name") == "description":
            self.keep([values["content"]])
        if name not in VOID:
            self.open.append((name, values))

    def handle_endtag(self, name):
        while self.open and self.open.pop()[0] != name:
            pass

    def handle_data(self, data):
        self.keep([data])


@cache
def said(site, language):
    """What each page of a language says."""
    folder = site / language.prefix
    others = [site / each.prefix for each in OTHERS if each != language]
    return {
        path.relative_to(folder).as_posix(): Said(path.read_text("utf-8"), language.tag).found
        for path in sorted(folder.rglob("*.html"))
        if not any(path.is_relative_to(other) for other in others)
    }


def is_english(text):
    """Whether there is an English word in it, and not only names and identifiers."""
    without_names = re.sub(r"\S*(?:[._/:()]|[a-z][A-Z]|[A-Z]{2}[a-z])\S*", "", text)
    return bool(set(WORD.findall(without_names)) - NAMES) and text.isascii()


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)
def test_no_page_says_what_the_english_one_says(site, language):
    english = said(site, SOURCE)
    left = {
        (name, text)
        for name, texts in said(site, language).items()
        for text in texts & english[name]
        if is_english(text)
    }
    assert left == set()


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)
def test_what_scripts_say_is_translated(site, language):
    def words(each):
        html = (site / each.prefix / "index.html").read_text("utf-8")
        settings = re.search(r'<script id="__config" type="application/json">(.*?)</script>', html)
        return json.loads(settings[1])["translations"]

    english, own = words(SOURCE), words(language)
    assert set(own) == set(english)
    assert {name: word for name, word in own.items() if word == english[name]} == {}


def test_a_leftover_would_be_found():
    page = '<html lang="ko"><p title="Copy this">여기 <b>Back to top</b> <code>a b</code></p>'
    page += '<p lang="en" title="In English">In English<section lang="ko" title="Play it">Play'
    page += "</section></p></html>"
    found = Said(page, "ko").found
    assert found == {"Copy this", "여기", "Back to top", "Play it", "Play"}
    assert [text for text in sorted(found) if is_english(text)] == [
        "Back to top", "Copy this", "Play", "Play it",
    ]  # fmt: skip
    assert not any(map(is_english, ["WebSocket", "duologue.types", "a-b", "JSON", "docs/ko"]))
