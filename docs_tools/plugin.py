"""The MkDocs plugin that builds one language, beside what mkdocs-static-i18n does.

The plugin chooses the folder of the language, names the pages and sections of the menu, sets the
words of the theme, titles admonitions, and writes the sitemap. Building one language, it knows none
of the others. So these are ours:

- what a language lacks is taken from the source language, under a notice;
- what a translation says no longer, or not yet, is marked;
- the menu of languages keeps the page and the place on it;
- ``hreflang`` names all languages, and ``x-default``;
- docstrings and the comments of snippets are in the reader's language;
- each page has a copy in Markdown, and each language a list of them.
"""

from __future__ import annotations

import json
import mimetypes
import os
import re
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urljoin, urlsplit

from mkdocs.config.base import LegacyConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority
from mkdocs.utils import get_relative_url
from mkdocs.utils.meta import get_data

from docs_tools.fences.superfences import Fences
from docs_tools.node import NodeError
from docs_tools.playground import archives
from docs_tools.playground.packages import PackageError
from docs_tools.playground.words import write_snippets, write_words
from docs_tools.project.languages import SOURCE, Language, language, languages
from docs_tools.project.pages import CHANGES, page_file
from docs_tools.project.status import TranslationStatus
from docs_tools.site import copies, fallbacks
from docs_tools.site.changelog import Changelog
from docs_tools.site.changes import Changes
from docs_tools.site.notices import Notices, with_missing
from docs_tools.translations.lock import LockError
from docs_tools.translations.trees import UsageError
from docs_tools.wording.glossary import read_glossary

if TYPE_CHECKING:
    from markdown.extensions import Extension
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import File, Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page
    from mkdocs.utils.templates import TemplateContext

    from docs_tools.translations.pages import Comparison


class Build:
    """What one build knows: its language and the others, and where the site's root is."""

    def __init__(self, config: MkDocsConfig, status: TranslationStatus) -> None:
        self.status = status
        self.root = Path(str(config.config_file_path)).parent
        self.root_url = str(config.site_url)
        self.languages = languages(self.root)
        locale = cast("Any", config.plugins["i18n"]).config.build_only_locale
        self.language = language(locale, self.root)
        self.source = language(SOURCE, self.root)
        self.fences = Fences(self.language, status)
        self.notices = Notices(self.language, self.source)
        self.changelog = Changelog()
        self.pages: list[Page] = []

    @cached_property
    def comparisons(self) -> dict[str, Comparison]:
        """How the pages of the language are, by their names."""
        try:
            found = self.status.by_language().get(self.language.code, [])
        except (UsageError, LockError) as error:
            raise PluginError(str(error)) from error
        return {one.page.name: one for one in found}

    def has(self, each: Language, file: File) -> bool:
        """Whether a language has a page of its own."""
        return page_file(self.root, each.code, fallbacks.name_of(file)).is_file()

    def address(self, each: Language, path: str) -> str:
        """The absolute address of a page in a language."""
        return urljoin(self.root_url, each.prefix + path)


# In code, names and spaces have no colour of their own: without their elements, pages are lighter,
# and the search reads them sooner.
PLAIN = re.compile(r'<span class="[nw]">([^<]*)</span>')


# A browser would break an option after its dashes. The code of a program stands after a span.
CODE = re.compile(r"(?<!</span>)<code>[^<]+</code>")
DASHES = re.compile(r"(?<![\w-])--?\w")

PROGRAM = re.compile("<pre.*?</pre>", re.DOTALL)
SEARCH = re.compile(r'\s?data-search-\w+="[^"]+"')  # what the search takes away


def without_colours(program: re.Match[str]) -> str:
    """A program without the elements in it, if the search need not look at them."""
    text = program[0]
    return text if "data-search" in text else re.sub("</?span[^>]*>", "", text)


def keep_dashes(code: re.Match[str]) -> str:
    """Code in a line, whose options keep their dashes."""
    return DASHES.sub(r'<span class="dashes">\g<0></span>', code[0])


class SitePlugin(BasePlugin[LegacyConfig]):  # type: ignore[no-untyped-call]
    """Builds the site of one language; the preview does so again after each change."""

    def __init__(self) -> None:
        self._build: Build | None = None
        self._changes: Changes | None = None
        self._status: TranslationStatus | None = None
        self._is_preview = False
        self._skips_unchanged = False
        self._coloured = ""

    @property
    def current(self) -> Build:
        """The build that is under way."""
        if self._build is None:
            raise RuntimeError("on_config has not been called")
        return self._build

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Remember whether this is the preview, which has one language only."""
        self._is_preview = command == "serve"
        self._skips_unchanged = dirty
        if self._is_preview:  # its server names no encoding
            mimetypes.add_type("text/markdown; charset=utf-8", ".md")
            mimetypes.add_type("text/plain; charset=utf-8", ".txt")

    @event_priority(100)  # before the search reads its settings
    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Set up the build of one language."""
        root = Path(str(config.config_file_path)).parent
        if self._status is None:
            self._status = TranslationStatus(root)
            if known := os.environ.get("DOCS_STATUS"):
                self._status.load(Path(known))
        self._build = build = Build(config, self._status)
        words = build.language.words
        config.site_url = build.address(build.language, "")
        # Python-Markdown takes an extension by its name, or as it is.
        extensions = cast("list[str | Extension]", config.markdown_extensions)
        extensions += [build.notices, build.changelog]
        settings = cast("dict[str, dict[str, Any]]", config["mdx_configs"])
        settings.setdefault("pymdownx.superfences", {}).update(custom_fences=build.fences.table())
        settings.setdefault("toc", {}).update(permalink_title=words["theme"]["toc.permalink"])
        settings.setdefault("footnotes", {}).update(BACKLINK_TITLE=words["theme"]["footnote.back"])
        own = f"partials/languages/{build.language.code}.html"
        is_known = any((Path(folder) / own).is_file() for folder in config.theme.dirs)
        extra_of(config).update(words=words, theirs=build.language.code if is_known else SOURCE)
        terms = build.root / "i18n" / build.language.code / "terms.txt"
        if terms.is_file():
            cast("Any", config.plugins["material/search"]).config["jieba_dict_user"] = str(terms)
        return config

    @event_priority(-200)  # after the plugin, which has chosen the files of the language
    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Take what the language lacks from the source language."""
        build = self.current
        fallbacks.add(files, config, build.language, build.root)
        if self._skips_unchanged:
            self._changes = self._changes or Changes(map(Path, config.watch))
            skip_unchanged(files, build, self._changes.take())
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Remember the pages in the order of the menu."""
        self.current.pages = nav.pages
        return nav

    def on_page_markdown(
        self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files
    ) -> str:
        """Tell the extensions which page they are on, and put into it what it lacks."""
        build = self.current
        build.fences.page = page.file.src_uri
        build.changelog.is_here = fallbacks.name_of(page.file) == CHANGES
        for path, boost in extra_of(config)["search_boosts"].items():
            if fallbacks.name_of(page.file).startswith(path):
                page.meta.setdefault("search", {}).setdefault("boost", boost)
        if fallbacks.is_fallback(page.file, build.language, build.root):
            build.notices.turn_to(None)
            return get_data(page.file.content_string)[0]  # the plugin has titled admonitions
        comparison = build.comparisons.get(fallbacks.name_of(page.file))
        build.notices.turn_to(comparison)
        return with_missing(markdown, comparison) if comparison else markdown

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Say so where a page, or a part of it, is in another language than its site."""
        build = self.current
        html = PLAIN.sub(r"\1", html)
        html = CODE.sub(keep_dashes, html)
        if build.language != build.source:
            # A dialogue is drawn in the language of the site, whatever stands around it.
            own = f'<section lang="{build.language.tag}" class="duologue'
            html = html.replace('<section class="duologue', own)
        if not fallbacks.is_fallback(page.file, build.language, build.root):
            return html
        # Not this address is the page's own, and no other page says that it is a translation.
        path = "" if page.url in {".", "./"} else page.url
        page.canonical_url = build.address(build.source, path)
        helping = files.get_file_from_path(fallbacks.HELP)
        address = get_relative_url(helping.url, page.url) if helping else ""
        return fallbacks.wrap(html, build.language, build.source, address)

    def name_languages(
        self, context: TemplateContext, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Tell the templates in which languages the page exists."""
        build = self.current
        path = "" if page.url in {".", "./"} else page.url
        there = [each for each in build.languages if build.has(each, page.file)]
        depth = path.count("/") + build.language.prefix.count("/")
        root = "../" * depth or "./"
        # Where the source language has the page, every language shows it.
        shown = build.languages if build.source in there else there
        self.add_languages(context, config, root, path, shown, there)
        if fallbacks.is_fallback(page.file, build.language, build.root):
            cast("dict[str, Any]", context)["content_tag"] = build.source.tag
        return context

    @event_priority(100)  # before the search, which takes long to read each element
    def hide_colours(
        self, context: TemplateContext, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Let the search read programs without their colours."""
        content = page.content or ""
        self._coloured = SEARCH.sub("", content)
        page.content = PROGRAM.sub(without_colours, content)
        return context

    @event_priority(-100)  # after the search
    def show_colours(
        self, context: TemplateContext, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Show programs in colours."""
        page.content = self._coloured
        return context

    on_page_context = CombinedEvent(name_languages, hide_colours, show_colours)

    def on_template_context(
        self, context: TemplateContext, *, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """Tell the templates without a page (404) where each language begins."""
        build = self.current
        root = urlsplit(build.root_url).path
        self.add_languages(context, config, root, "", build.languages, build.languages)
        return context

    @event_priority(-100)  # after the search, which has written its index
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Put into the site copies of its pages, programs for the browser, words for the search.

        Python is at the root of the site, where the source language is; a preview has one language,
        and no root but that one's.
        """
        build = self.current
        site = Path(config.site_dir)
        write_words(build.language, site)
        write_spellings(build, site)
        write_snippets(build.fences.translate, site, build.root)
        self.write_copies(config)
        if build.language == build.source or self._is_preview:
            try:
                archives.lay_out(site, build.root, compiled=not self._is_preview)
            except (NodeError, PackageError) as error:
                raise PluginError(str(error)) from error

    def write_copies(self, config: MkDocsConfig) -> None:
        """Write each page as Markdown beside its HTML, and the lists of these copies.

        The preview leaves what has not changed: such a page has no content.
        """
        build = self.current
        home = build.root_url if self._is_preview else str(config.site_url)
        made: list[copies.Copy] = []
        for page in build.pages:
            if page.content is None:
                continue
            address = urljoin(home, page.url)
            text = copies.to_markdown(page.content, address, home)
            Path(page.file.abs_dest_path).with_name(copies.COPY).write_text(text, encoding="utf-8")
            sections = tuple(str(each.title) for each in page.ancestors)[::-1]
            title = str(page.title)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            made.append(copies.Copy(sections, title, address + copies.COPY, text))
        if len(made) == len(build.pages):
            others = {
                each.name: build.address(each, copies.LIST)
                for each in build.languages
                if each != build.language
            }
            about = copies.about(build.language.words["copies"]["about"], home, others)
            name, description = config.site_name, str(config.site_description)
            copies.write_lists(made, Path(config.site_dir), name, description, about)

    def add_languages(
        self,
        context: TemplateContext,
        config: MkDocsConfig,
        root: str,
        path: str,
        shown: list[Language],
        there: list[Language],
    ) -> None:
        """Set what the theme writes about the languages of a page.

        Args:
            context: The variables of the template.
            config: The configuration: the theme takes the links of the head from it.
            root: The address of the site's root, from the page.
            path: The address of the page in its language.
            shown: The languages of the menu.
            there: The languages in which the page is written.
        """
        variables = cast("dict[str, Any]", context)
        variables["root"] = root
        # A preview has one language, and no root but that one's.
        home = root.removesuffix("../" * self.current.language.prefix.count("/")) or "./"
        variables["python"] = (home if self._is_preview else root) + archives.PLACE + "/"
        variables["translations"] = [
            {
                "name": each.name,
                "tag": each.tag,
                "path": root + each.prefix + path,
                "note": "" if each in there else each.words["notice"]["menu"],
            }
            for each in shown
        ]
        links = [(each.tag, each) for each in there]
        links += [("x-default", each) for each in there if each.code == SOURCE]
        extra_of(config)["alternate"] = [
            {"name": each.name, "lang": tag, "link": self.current.address(each, path)}
            for tag, each in links
            if not self._is_preview
        ]


def write_spellings(build: Build, site: Path) -> None:
    """Tell the search what readers type, and which words of the pages it is to look for."""
    path = site / "search" / "search_index.json"
    spellings = read_glossary(build.root).of_the_search(build.language.code)
    # A megabyte takes long to read as JSON: what is added stands at its end.
    index = path.read_text(encoding="utf-8").rstrip().removesuffix("}")
    added = json.dumps(spellings, separators=(",", ":"))
    path.write_text(f'{index},"spellings":{added}}}', encoding="utf-8")


def extra_of(config: MkDocsConfig) -> dict[str, Any]:
    """What ``mkdocs.yml`` has under ``extra``, which templates see."""
    return cast("dict[str, Any]", config.extra)


def skip_unchanged(files: Files, build: Build, changed: set[Path] | None) -> None:
    """Build only the pages anew that have changed; all of them after any other change."""
    codes = {build.language.code, SOURCE}
    pages = {
        file: {page_file(build.root, code, fallbacks.name_of(file)) for code in codes}
        for file in files.documentation_pages()
    }
    touched = set[Path]().union(*pages.values())
    everything = changed is None or not changed <= touched
    for file, sources in pages.items():
        is_modified = everything or not sources.isdisjoint(changed or ())
        file.is_modified = partial(bool, is_modified)  # type: ignore[method-assign]
