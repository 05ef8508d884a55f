"""The pages that a language lacks: their readers find those of the source language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from mkdocs.structure.files import File

from docs_tools.languages import SOURCE

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

    from docs_tools.languages import Language

# Where readers learn how to help.
HELP = "translations.md"


def add(files: Files, config: MkDocsConfig, folder: Path) -> None:
    """Add what the pages of a language lack, from the folder of the source language.

    Pictures and other files are taken over, too: a translation needs its own only where they have
    words.

    Args:
        files: What is in the folder of the language.
        config: The configuration of the build.
        folder: The folder of the source language.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and files.get_file_from_path(name) is None:
            files.append(File(name, str(folder), config.site_dir, config.use_directory_urls))


def is_fallback(file: File, language: Language) -> bool:
    """Whether a file of the site of a language was taken from the source language."""
    return language.code != SOURCE and Path(str(file.src_dir)).name == SOURCE


def wrap(html: str, language: Language, source: Language, address: str) -> str:
    """Say in which language a page is, and why.

    Args:
        html: The content of the page.
        language: The language of the reader.
        source: The language of the page.
        address: Where readers learn how to help; empty where there is no such page.
    """
    words = language.words["notice"]
    link = Markup('<a href="{}">{}</a>').format(address, words["help"]) if address else ""
    notice = Markup('<p class="notice notice--page" role="note" data-search-exclude>{}</p>')
    # Below the title, which stands by itself: else the search takes it for one of a section.
    title, end, rest = html.partition("</h1>") if html.startswith("<h1") else ("", "", html)
    title = title.replace("<h1", f'<h1 lang="{source.tag}"', 1)
    return str(
        Markup('{}\n{}\n<div lang="{}">\n{}\n</div>').format(
            Markup(title + end),
            notice.format(Markup(words["page"]).format(help=link)),
            source.tag,
            Markup(rest),
        )
    )
