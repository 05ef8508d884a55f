"""What MkDocs calls while it builds one language: fences, words, the other languages of a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from mkdocs.plugins import event_priority

from docs_tools import fences
from docs_tools.languages import SOURCE, Language, language, languages

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page


class Build:
    """What one build knows: its language, and where the site's root is."""

    def __init__(self, config: MkDocsConfig) -> None:
        self.root_url = str(config.site_url)
        self.language = language(config.theme["language"])
        self.fences = fences.Fences(self.language)
        self.docs = Path(config.docs_dir)


_build: Build | None = None


def current() -> Build:
    """The build that is under way."""
    if _build is None:
        raise RuntimeError("on_config has not been called")
    return _build


@event_priority(100)  # before the search reads its settings
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Set up the build of one language."""
    global _build
    _build = Build(config)
    words = _build.language.words
    config.site_url = urljoin(_build.root_url, _build.language.prefix)
    config.mdx_configs.setdefault("pymdownx.superfences", {}).update(
        custom_fences=_build.fences.table()
    )
    config.mdx_configs.setdefault("toc", {}).update(permalink_title=words["theme"]["toc.permalink"])
    for option in config.theme["palette"]:
        option["toggle"]["name"] = words["theme"]["palette." + option["toggle"]["name"]]
    config.extra.update(words=words, tag=_build.language.tag)
    search = {"lang": [_build.language.code]} | config.extra["search"].get(_build.language.code, {})
    config.plugins["material/search"].config.update(search)
    return config


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Tell the fences which page they are on, for their warnings."""
    current().fences.page = page.file.src_uri
    return markdown


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Tell the templates which translations of the page exist."""
    build = current()
    path = "" if page.url in {".", "./"} else page.url
    source_path = page.file.src_uri.split("/", 1)[1]
    there = [each for each in languages() if (build.docs / each.code / source_path).is_file()]
    add_translations(config, there, path)
    depth = path.count("/") + build.language.prefix.count("/")
    context["root"] = "../" * depth or "./"
    context["translations"] = [
        {"name": each.name, "tag": each.tag, "path": context["root"] + each.prefix + path}
        for each in there
    ]
    return context


def on_template_context(
    context: dict[str, Any], template_name: str, config: MkDocsConfig
) -> dict[str, Any]:
    """Tell the templates without a page (404) where each language begins."""
    add_translations(config, languages(), "")
    context["root"] = urlsplit(current().root_url).path
    context["translations"] = [
        {"name": each.name, "tag": each.tag, "path": context["root"] + each.prefix}
        for each in languages()
    ]
    return context


def add_translations(config: MkDocsConfig, there: list[Language], path: str) -> None:
    """Set what the theme writes as ``<link rel="alternate" hreflang=…>``."""
    links = [{"name": each.name, "lang": each.tag, "link": address(each, path)} for each in there]
    links += [
        {"name": each.name, "lang": "x-default", "link": address(each, path)}
        for each in there
        if each.code == SOURCE
    ]
    config.extra["alternate"] = links


def address(language: Language, path: str) -> str:
    """The absolute address of a page in a language."""
    return urljoin(current().root_url, language.prefix + path)
