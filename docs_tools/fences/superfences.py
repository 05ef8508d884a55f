"""The custom fences of ``pymdownx.superfences`` (see :mod:`docs_tools.fences`), and code blocks."""

from __future__ import annotations

import logging
from copy import copy
from functools import cache, cached_property, partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename  # pyright: ignore[reportUnknownVariableType]

from docs_tools.catalogues.comments import localise
from docs_tools.catalogues.diagrams import localised_diagram
from docs_tools.catalogues.files import REFERENCE, SNIPPETS, translator
from docs_tools.fences.autobahn import autobahn_table
from docs_tools.fences.changes import coloured, render_changes
from docs_tools.fences.conformance import conformance_table
from docs_tools.fences.diagram import draw_diagram
from docs_tools.fences.dialogue import render_dialogue
from docs_tools.fences.errors import error_list
from docs_tools.fences.example import cut, render_example
from docs_tools.fences.glossary import glossary_table
from docs_tools.fences.modules import module_list
from docs_tools.fences.performance import effects_table, performance_table
from docs_tools.fences.progress import progress_tables
from docs_tools.fences.stats import count_stats, stats_list
from docs_tools.project.autobahn import read_runs
from docs_tools.project.conformance import read_conformance
from docs_tools.project.diagrams import ENDING
from docs_tools.project.errors import of_modules, read_messages
from docs_tools.project.examples import Example
from docs_tools.project.highlights import take_highlights
from docs_tools.project.languages import ROOT, languages
from docs_tools.project.performance import read_performance
from docs_tools.project.places import places
from docs_tools.project.requirements import requirements
from docs_tools.project.snippets import FOLDER, Snippet, in_browser, read_file
from docs_tools.wording.glossary import read_glossary

if TYPE_CHECKING:
    from collections.abc import Callable

    from pygments.lexer import Lexer

    from docs_tools.project.errors import Message
    from docs_tools.project.languages import Language
    from docs_tools.project.places import Place
    from docs_tools.project.status import TranslationStatus

# MkDocs counts what is logged under its own name, and a strict build fails on a warning.
log = logging.getLogger("mkdocs.plugins.docs_tools")


class Fences:
    """The fences of one build.

    Attributes:
        language: The language of the build.
        status: Knows how far each translation is.
        page: The page that is being rendered, for warnings.
        translate: Knows what the comments of snippets say in the language.
        coloured: The lines of the programs that are examples, as HTML.
    """

    def __init__(self, language: Language, status: TranslationStatus) -> None:
        self.language = language
        self.status = status
        self.page = ""
        self.translate = translator(ROOT, language.code, SNIPPETS)
        self.coloured: dict[str, list[Markup]] = {}

    def table(self) -> list[dict[str, Any]]:
        """What ``pymdownx.superfences`` wants to know of them."""
        kinds = {
            "dialogue": self.dialogue,
            "diagram": self.diagram,
            "playground": self.playground,
            "snippet": self.snippet,
            "changes": self.changes,
            "errors": self.errors,
            "example": self.example,
            "glossary": self.glossary,
            "autobahn": self.autobahn,
            "conformance": self.conformance,
            "modules": self.modules,
            "performance": self.performance,
            "stats": self.stats,
            "translations": self.translations,
        }
        return [
            {"name": name, "class": name, "format": partial(self.render, name, draw_fence)}
            for name, draw_fence in kinds.items()
        ]

    def render(
        self, kind: str, draw_fence: Callable[[str], str], source: str, *_: Any, **__: Any
    ) -> str:
        """Render a fence; one that cannot be rendered makes a warning and says so in the page."""
        try:
            return draw_fence(source)
        except Exception as error:  # noqa: BLE001 - SuperFences would hide it
            log.warning("%s: the fence %s %r: %s", self.page, kind, source.strip(), error)
            return str(Markup('<pre class="fence-error">{}</pre>').format(error))

    def dialogue(self, source: str) -> str:
        """A program, and under it or beside it the conversation that it holds."""
        snippet = Snippet(source.strip())
        script = self.localised_file(f"{snippet.name}.duo")
        program = self.snippet(f"{snippet.name}.py")
        conversation = render_dialogue(
            snippet, script, self.language, details(snippet, script, self.language)
        )
        return f'<div class="dialogue">{program}{conversation}</div>'

    def playground(self, source: str) -> str:
        """A dialogue in whose place the reader can choose another one."""
        name = source.strip()
        names = [each.name for each in in_browser() if each.name != name]
        options = Markup("").join(Markup("<option>{}</option>").format(each) for each in names)
        label = self.language.words["dialogue"]["choose"]
        choice = Markup(
            '<p class="duologue__choice" data-instead-of="{}" data-search-exclude="true" hidden>'
            "<label>{} <select><option>{}</option>{}</select></label></p>"
        ).format(name, label, name, options)
        return str(choice) + self.dialogue(source)

    def snippet(self, source: str) -> str:
        """One file of ``docs_src``, under its path."""
        name = source.strip()
        return file_block(name, self.localised_file(name))

    def changes(self, source: str) -> str:
        """What changed from one file of ``docs_src`` to another one."""
        before, after = source.split()
        contents = [self.localised_file(name) for name in (before, after)]
        if after.endswith(".py"):
            contents = [take_highlights(content)[0] for content in contents]
        lexer = lexer_for(after, stripnl=False)
        return render_changes((before, after), (contents[0], contents[1]), lexer, self.language)

    def errors(self, source: str) -> str:
        """What some modules raise and log."""
        return error_list(of_modules(self.messages, source.split()))

    @cached_property
    def messages(self) -> list[Message]:
        """All that the library raises and logs."""
        return read_messages()

    def example(self, source: str) -> str:
        """What a program does with an object of the API reference."""
        example = Example.parse(source)
        name = f"{example.snippet}.py"
        if name not in self.coloured:  # most programs are an example of several objects
            content, _ = take_highlights(self.localised_file(name))
            self.coloured[name] = coloured(content, lexer_for(name))
        code = cut(example, self.coloured[name])
        place = self.places.get(example.snippet)
        _, _, page = self.page.partition("/")  # without the folder of the language
        return render_example(f"{FOLDER}/{name}", code, place, page, self.language)

    @cached_property
    def places(self) -> dict[str, Place]:
        """Where the pages show each program."""
        return places(self.language.code, ROOT)

    def localised_file(self, name: str) -> str:
        """A file of ``docs_src``, its comments in the language of the page."""
        return localise(name, read_file(name), self.translate)

    def diagram(self, source: str) -> str:
        """A diagram, drawn from a text file of ``docs_src``."""
        name = source.strip()
        file = f"{name}{ENDING}"
        return draw_diagram(
            name, localised_diagram(file, read_file(file), self.translate), self.language
        )

    def glossary(self, _: str) -> str:
        """The table of all terms."""
        return glossary_table(read_glossary(), self.language, languages())

    def conformance(self, _: str) -> str:
        """What each server does with each feature."""
        return conformance_table(read_conformance(), self.language)

    def autobahn(self, _: str) -> str:
        """What Autobahn's test suite says."""
        return autobahn_table(read_runs(), self.language)

    def performance(self, source: str) -> str:
        """What servers take for a message, in some of the works that were measured."""
        works = source.split()
        if works == ["effects"]:
            return effects_table(read_performance(), self.language)
        return performance_table(read_performance(), works, self.language)

    def stats(self, _: str) -> str:
        """How much there is, in numbers."""
        return stats_list(count_stats(), self.language)

    def translations(self, _: str) -> str:
        """How far each translation is."""
        return progress_tables(self.status.by_language(), languages(), self.language)

    def modules(self, source: str) -> str:
        """The modules that the pages of the reference show."""
        translate = translator(ROOT, self.language.code, REFERENCE)
        return module_list(source.split(), ROOT, translate)


def file_block(name: str, content: str) -> str:
    """Draw a file, its lines that matter highlighted."""
    lexer = lexer_for(name)
    highlighted: list[int] = []
    if name.endswith(".py"):
        content, highlighted = take_highlights(content)
    return code_block(content, lexer, title=f"{FOLDER}/{name}", highlighted=highlighted)


def lexer_for(name: str, *, stripnl: bool = True) -> Lexer:
    """What reads the code of a file, by its name; most are programs and scripts."""
    suffix = PurePath(name).suffix
    return _lexer_for(
        f"name{suffix}" if suffix in {".py", ".duo"} else PurePath(name).name, stripnl
    )


@cache
def _lexer_for(name: str, stripnl: bool) -> Lexer:
    return get_lexer_for_filename(name, stripnl=stripnl)


def code_block(
    content: str, lexer: Lexer, *, title: str = "", highlighted: list[int] | None = None
) -> str:
    """Draw code the way the theme expects it: its copy button finds it."""
    formatter = copy(_formatter(lexer.aliases[0]))
    formatter.filename = title
    formatter.hl_lines = set(highlighted or [])
    return str(highlight(content, lexer, formatter)).strip()


@cache
def _formatter(name: str) -> HtmlFormatter[str]:
    """It takes longer to make one than to colour a short program."""
    return HtmlFormatter(cssclass=f"language-{name} highlight", wrapcode=True)


def details(snippet: Snippet, script: str, language: Language) -> Markup:
    """What is one click away: the script itself, and how to install, play and run it at home."""
    words = language.words["dialogue"]
    name = snippet.saved_as
    packages = " ".join(f'"{each}"' if "[" in each else each for each in requirements(snippet))
    install = words["install_command"].format(program=f"{name}.py", script=f"{name}.duo")
    commands = {
        install: f"pip install {packages}",
        words["play_command"]: f"duologue play {name}.duo",
        words["run_command"]: f"uvicorn {name}:app",
    }
    parts = [Markup(file_block(f"{snippet.name}.duo", script))]
    for label, command in commands.items():
        block = code_block(command, lexer_for("a.sh"))
        parts.append(Markup("<p>{}</p>{}").format(escape(label), Markup(block)))
    return Markup("").join(parts)
