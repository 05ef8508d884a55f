"""Fallback pages: what a language lacks is shown in the source language, under a notice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from markupsafe import Markup
from mkdocs.structure.files import File
from mkdocs_static_i18n.folder import create_i18n_file  # type: ignore[import-untyped]

from docs_tools.project.languages import SOURCE
from docs_tools.project.pages import page_file, page_files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

    from docs_tools.project.languages import Language

# Where readers learn how to help.
HELP = "translations.md"


class LocalisedFile(Protocol):
    """A file as mkdocs-static-i18n makes it.

    Attributes:
        norm_src_uri: Its name in the folder of its language.
    """

    norm_src_uri: str


def name_of(file: File) -> str:
    """The name of a file in the folder of its language, the same in each of them."""
    return cast("LocalisedFile", file).norm_src_uri


def add(files: Files, config: MkDocsConfig, language: Language, root: Path) -> None:
    """Add what the pages of a language lack, from those of the source language.

    The plugin does so only where it builds several languages at once. Pictures and other files are
    taken over, too: a translation needs its own only where they have words. And it knows no page
    whose file is in no folder of a language.

    Args:
        files: What is in the folder of the language.
        config: The configuration of the build.
        language: The language that is built.
        root: The folder of the project.
    """
    folder = Path(config.docs_dir) / SOURCE
    there = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    for relative, path in (there | page_files(root, SOURCE)).items():
        name = f"{language.code}/{relative}"
        if path.is_file() and name not in files.src_uris:
            stand_in = File(name, config.docs_dir, config.site_dir, config.use_directory_urls)
            file = create_i18n_file(stand_in, language.code, language.code, [language.code], config)
            file.abs_src_path = str(path)
            files.append(file)


def is_fallback(file: File, language: Language, root: Path) -> bool:
    """Whether a file of the site of a language was taken from the source language."""
    return Path(str(file.abs_src_path)) != page_file(root, language.code, name_of(file))


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
