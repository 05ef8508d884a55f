"""Copies of pages in Markdown, and their lists, for those who read with a machine.

https://llmstxt.org says what they are called: a page at ``/rooms/``, an address without the name of
a file, has its copy at ``/rooms/index.html.md``, and ``/llms.txt`` lists the copies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from html_to_markdown import ConversionOptions, convert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from re import Match

COPY = "index.html.md"
LIST, WHOLE = "llms.txt", "llms-full.txt"

OPTIONS = ConversionOptions(
    autolinks=False,
    compact_tables=True,
    exclude_selectors=[".conformance__choice", ".duologue__choice"],
    extract_metadata=False,
)


@dataclass(frozen=True)
class Copy:
    """A page in Markdown.

    Attributes:
        sections: The sections of the menu that it is in, the outermost first.
        title: What the menu calls it.
        address: Where the copy is.
        text: What it says.
    """

    sections: tuple[str, ...]
    title: str
    address: str
    text: str

    @property
    def summary(self) -> str:
        """The modules that it documents, or else its first sentence, without links."""
        if modules := MODULE.findall(self.text):
            return ", ".join(modules)
        beginning = BEGINNING.search(self.text)
        return MARKDOWN_LINK.sub(r"\1", beginning[1]) if beginning else ""


def about(words: str, home: str, others: Mapping[str, str]) -> str:
    """Say what else there is: all copies in one, and the lists of other languages.

    Args:
        words: How the language says so.
        home: The address where the language begins.
        others: The addresses of the other lists, by the names of their languages.
    """
    links = ", ".join(f"[{name}]({address})" for name, address in others.items())
    return words.format(whole=f"[{WHOLE}]({home}{WHOLE})", languages=links)


def write_lists(copies: list[Copy], site: Path, name: str, description: str, about: str) -> None:
    """Write ``llms.txt``, and all copies in one file.

    Args:
        copies: The copies, in the order of the menu.
        site: Where the site is built.
        name: What it is called.
        description: What it is about, in a sentence.
        about: What else there is to know about the copies.
    """
    (site / LIST).write_text(to_list(copies, name, description, about), encoding="utf-8")
    whole = "\n".join(each.text for each in copies)
    (site / WHOLE).write_text(whole, encoding="utf-8")


def to_list(copies: Iterable[Copy], name: str, description: str, about: str) -> str:
    """Write ``llms.txt``: the copies by sections of the menu.

    Args:
        copies: The copies, in the order of the menu.
        name: What the site is called.
        description: What it is about, in a sentence.
        about: What else there is to know about the copies.
    """
    sections: dict[str, list[str]] = {}
    for each in copies:
        entry = f"- [{each.title}]({each.address}): {each.summary}".removesuffix(": ")
        # The format has headings of the second level only.
        sections.setdefault(" – ".join(each.sections or (each.title,)), []).append(entry)
    parts = [f"# {name}", f"> {description}", about]
    for title, entries in sections.items():
        parts += [f"## {title}", "\n".join(entries)]
    return "\n\n".join(parts) + "\n"


def to_markdown(html: str, address: str, home: str) -> str:
    """Write a page as Markdown.

    Args:
        html: The content of the page.
        address: Where the page is, as an absolute address.
        home: Where the pages of its language begin. Links to them lead to their copies.
    """
    said = set[str]()

    def dialogue(found: Match[str]) -> str:
        program, script, commands = found.groups()
        is_new = commands not in said  # most programs of a page need the same
        said.add(commands)
        return program + script + (commands if is_new else "")

    def link(found: Match[str]) -> str:
        target, place = urldefrag(urljoin(address, found[2]))
        if target == address:
            return found[4]  # a copy has no ids
        if target.startswith(home) and target.endswith("/"):
            target += COPY
        return f"{found[1]}{target}{'#' if place else ''}{place}{found[3]}{found[4]}</a>"

    html = DIALOGUE.sub(dialogue, html)
    for each, replacement in PATTERNS:
        html = each.sub(replacement, html)
    text = convert(LINK.sub(link, html), OPTIONS).content or ""
    return BEFORE_QUOTE.sub("\n\n", text)


def code(found: Match[str]) -> str:
    """Write code without colours, after the name of its file."""
    language, content = found["language"], found["code"]
    name = f"<p><code>{found['name']}</code></p>" if found["name"] else ""
    if found["changes"]:
        language, name = "diff", f"<p>{found['name']}</p>"
        content = CHANGE.sub(change, content)
    return f'{name}<pre><code class="language-{language}">{TAG.sub("", content)}</code></pre>'


def change(found: Match[str]) -> str:
    """Write lines of a diff, with their signs."""
    if skipped := found["skipped"]:
        return f"@@ {skipped} @@\n"
    sign = {"del": "-", "ins": "+"}.get(found["tag"], " ")
    return "".join(f"{sign}{line}\n" for line in CHANGED_LINE.findall(found[0]))


def heading(found: Match[str]) -> str:
    """Write a heading of the API reference: what it is, and its full name."""
    labels = LABEL.findall(found["labels"])
    if not any(label.endswith((found["kind"], "property")) for label in labels):  # "classmethod"
        labels.append(found["kind"])
    return f"<{found['tag']}>{' '.join(labels)} <code>{found['name']}</code></{found['tag']}>"


def pattern(text: str) -> re.Pattern[str]:
    """What to find in HTML, where a space is any."""
    return re.compile(text.replace(" *", r"\s*"), re.DOTALL)


MODULE = re.compile(r"^## module (`.*`)$", re.MULTILINE)
BEGINNING = re.compile(r"^# .*\n\n(?!```)(.+?(?:[.!?](?=\s)|[。！？]|(?=[:：]?$)))", re.MULTILINE)
MARKDOWN_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
BEFORE_QUOTE = re.compile(r"(?<![>\n])\n(?=> \*\*)")
TAG = re.compile(r"<[^>]+>")
# A program, its script, which says all that the drawn dialogue does, and how to run both.
DIALOGUE = pattern(
    r'<div class="dialogue">(.*?)<section\b.*?'
    r'(<div class="language-duo highlight">.*?</div>)(.*?)</details>.*?</section></div>'
)
LINK = pattern(r'(<a\b[^>]*href=")([^"]*)("[^>]*>)(.*?)</a>')
LABEL = re.compile(r'doc-label-[\w-]+"><code>([\w-]+)')
CHANGED_LINE = pattern(r'<span class="changes__line">(.*?)\n</span>')
CHANGE = pattern(
    r'<span class="changes__skipped">(?P<skipped>.*?)</span>'
    r"|<(?P<tag>del|ins)>.*?</(?P=tag)>"
    r'|<span class="changes__line">.*?\n</span>'
)

# What a page shows with its style sheet, and the order in which it is replaced.
PATTERNS: list[tuple[re.Pattern[str], str | Callable[[Match[str]], str]]] = [
    (
        pattern(
            r'<div class="language-(?P<language>\w+)[^"]*? highlight(?P<changes> changes)?[^>]*>'
            r'(?:<span class="filename">(?P<name>.*?)</span>)?'
            r"<pre>(?:<span></span>)?<code>(?P<code>.*?)</code></pre> *</div>"
        ),
        code,
    ),
    (pattern(r'<a\b[^>]*class="headerlink".*?</a>'), ""),
    # A type of the reference is one piece of code.
    (pattern(r"<code>[^<]*<a\b.*?</code>"), lambda found: f"<code>{TAG.sub('', found[0])}</code>"),
    (
        pattern(
            r'<(?P<tag>h\d) id="(?P<name>[^"]+)" class="doc doc-heading"> *'
            r'<code class="doc-symbol [^"]* doc-symbol-(?P<kind>\w+)"></code>'
            r"(?P<labels>.*?)</h\d>"
        ),
        heading,
    ),
    (
        pattern(r' *(\)?) *– *<div class="doc-md-description"> *<p>(.*?)</p>(.*?)</div>'),
        r"\1 – \2\3",
    ),
    # The description of a diagram says all that it shows.
    (
        pattern(r"<svg\b.*?<title[^>]*>(.*?)</title><desc[^>]*>(.*?)</desc>.*?</svg>"),
        r"<blockquote><p><strong>\1</strong></p><p>\2</p></blockquote>",
    ),
    (
        pattern(r'<div class="admonition[^"]*"> *<p class="admonition-title">(.*?)</p>(.*?)</div>'),
        r"<blockquote><p><strong>\1</strong></p>\2</blockquote>",
    ),
    (pattern(r"<dt>(.*?)</dt> *<dd> *<p>(.*?)</p> *</dd>"), r"<li>\1 – \2</li>"),
    (pattern(r'<dl class="modules">(.*?)</dl>'), r"<ul>\1</ul>"),
    (
        pattern(r'<th [^>]*colspan="(\d+)" scope="colgroup">(.*?)</th>'),
        lambda found: f"<th>{found[2]}</th>" * int(found[1]),
    ),
    (pattern(r'(scope="rowgroup">)<span>(.*?)</span>'), r"\1<strong>\2</strong>"),
    (pattern(r'<sup><a href="#[^>]*>(\d+)</a></sup>'), r" (\1)"),
]
