"""The translations of this project, as :mod:`docs_tools.translations` compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs_tools.project.languages import ROOT, SOURCE, languages
from docs_tools.project.pages import CHANGELOG, CHANGES, page_file, page_files
from docs_tools.translations.targets import Counterpart, Targets
from docs_tools.translations.trees import Edition, Page, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def editions(root: Path = ROOT) -> list[Edition]:
    """The translations of this project: its pages, and its READMEs beside them."""
    codes = [each.code for each in languages(root) if each.code != SOURCE]
    docs = root / "docs"
    counterparts = [
        Counterpart(root / CHANGELOG, docs / code / CHANGES) for code in [SOURCE, *codes]
    ]
    counterparts += [Counterpart(docs / SOURCE, docs / code) for code in codes]
    counterparts += [Counterpart(root / "README.md", root / f"README.{code}.md") for code in codes]
    targets = Targets(counterparts)
    found: list[Edition] = []
    for code in codes:
        readme = Page("README.md", root / "README.md", root / f"README.{code}.md")
        names = sorted({*page_files(root, SOURCE), *page_files(root, code)})
        pages = (
            readme,
            *(
                Page(name, page_file(root, SOURCE, name), page_file(root, code, name))
                for name in names
            ),
        )
        if len({page.name for page in pages}) < len(pages):
            raise UsageError(f"{docs / SOURCE} may not have a README.md: the project has one.")
        lock = root / "i18n" / code / "lock.toml"
        found.append(Edition(code, pages, targets, lock))
    return found
