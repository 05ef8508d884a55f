"""An example of the API reference: what a program does with an object, and where it is played."""

from __future__ import annotations

from posixpath import relpath
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docs_tools.project.examples import Example
    from docs_tools.project.languages import Language
    from docs_tools.project.places import Place

GAP = Markup('\n<span class="c1"># ...</span>\n\n')


def cut(example: Example, rows: Sequence[Markup]) -> Markup:
    """The lines to show of a program, as HTML: a mark where some are left out."""
    line = {False: Markup("{}\n"), True: Markup('<span class="hll">{}\n</span>')}
    parts = [
        Markup("").join(
            line[number in example.marked].format(rows[number - 1])
            for number in range(first, last + 1)
        )
        for first, last in example.parts
    ]
    return GAP.join(parts)


def render_example(
    name: str, code: Markup, place: Place | None, page: str, language: Language
) -> str:
    """Draw an example that opens by a click, out of the way of who looks up a signature.

    Args:
        name: What the file is called.
        code: The lines of the program, as HTML.
        place: Where the program is shown with its script, if the site has that page.
        page: The page that has the example, from the folder of its language.
        language: That of the page.
    """
    words = language.words["reference"]
    details = Markup(
        '<details class="doc-example" data-search-exclude="true"><summary>{}</summary>'
        '<div class="language-python highlight"><span class="filename">{}</span>'
        "<pre><span></span><code>{}</code></pre></div>{}</details>"
    )
    return str(details.format(words["example"], name, code, played(place, page, words)))


def played(place: Place | None, page: str, words: dict[str, str]) -> Markup:
    """Lead to the place where the program is shown."""
    if place is None:
        return Markup("")
    address = relpath(folder_of(place.page), folder_of(page))
    link = Markup('<a href="{}/#{}">{}</a>').format(address, place.anchor, place.title)
    return Markup("<p>{}</p>").format(Markup(words["played"]).format(page=link))


def folder_of(page: str) -> str:
    """The folder that a page has in the site of its language."""
    return page.removesuffix(".md").removesuffix("index") or "."
