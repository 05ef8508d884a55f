"""The pages and READMEs of this project are the same in every language, block by block."""

import pytest

from docs_tools.project.editions import editions
from docs_tools.translations.__main__ import main
from docs_tools.translations.pages import compare
from docs_tools.translations.trees import show

PAGES = [(edition, page) for edition in editions() for page in edition.pages]


@pytest.mark.parametrize(
    ("edition", "page"), PAGES, ids=[show(page.translation) for _, page in PAGES]
)
def test_a_translation_has_the_structure_of_its_source(edition, page):
    found = compare(edition, page).findings
    assert [f"{page.translation}:{each.translation_line}: {each}" for each in found] == []


def test_every_block_is_accepted_for_the_english_of_today(capsys):
    assert main(["check"]) == 0, capsys.readouterr().out
