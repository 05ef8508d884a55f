"""How far each translation is, counted from the pages and the locks."""

import re
import shutil
from unittest.mock import patch

import pytest

from docs_tools.fences.progress import progress_tables
from docs_tools.project.languages import ROOT, language, languages
from docs_tools.project.status import TranslationStatus
from docs_tools.translations.drift import State, accept
from docs_tools.translations.lock import LockError, save_lock


@pytest.fixture
def root(tmp_path, write_languages):
    """A project with two pages, of which Korean has one."""
    write_languages(tmp_path, "en", "ko")
    for code in ["en", "ko"]:
        (tmp_path / "i18n" / code).mkdir(parents=True)
        shutil.copy(ROOT / "i18n" / code / "words.toml", tmp_path / "i18n" / code)
        (tmp_path / "docs" / code / "deep").mkdir(parents=True)
    (tmp_path / "docs" / "en" / "index.md").write_text("# A\n\nb\n")
    (tmp_path / "docs" / "en" / "deep" / "more.md").write_text("c\n")
    (tmp_path / "docs" / "ko" / "index.md").write_text("# 가\n\n나\n\n다\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("d\n")
    (tmp_path / "README.ko.md").write_text("라\n", encoding="utf-8")
    return tmp_path


def tables(root, code):
    return progress_tables(TranslationStatus(root).by_language(), languages(root), language(code))


def rows(html):
    found = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', html)
    return {name: [int(n) for n in re.findall(r"\d+", cells)] for name, cells in found}


def test_the_table_counts_the_blocks_of_each_page(root):
    html = tables(root, "en")
    assert html.startswith('<details class="progress" open><summary><strong lang="ko">ko</strong>')
    assert "0 % of the blocks in step</summary>" in html
    assert rows(html) == {
        "README.md": [0, 0, 1, 0, 0],
        "deep/<wbr>more.md": [0, 0, 0, 1, 0],
        "index.md": [0, 0, 2, 0, 1],
        "Together": [0, 0, 3, 1, 1],
    }
    assert html.count("<strong>") == 7  # what is to do stands out


def test_the_table_of_a_language_in_step_is_folded(root):
    (root / "docs" / "ko" / "index.md").write_text("# 가\n\n나\n", encoding="utf-8")
    (root / "docs" / "ko" / "deep" / "more.md").write_text("다\n", encoding="utf-8")
    lock = {
        each.page.name: accept(each.states, [], lambda _: True)
        for each in TranslationStatus(root).by_language()["ko"]
    }
    save_lock(root / "i18n" / "ko" / "lock.toml", lock)
    html = tables(root, "ko")
    assert html.startswith('<details class="progress"><summary>')
    assert language("ko").words["progress"]["share"].format(percent=100) in html
    assert rows(html)["합계"] == [4, 0, 0, 0, 0]


def test_only_what_has_changed_is_compared_again(root):
    status = TranslationStatus(root)
    first = status.by_language()["ko"]
    assert [each.page.name for each in first] == ["README.md", "deep/more.md", "index.md"]
    assert [a is b for a, b in zip(first, status.by_language()["ko"], strict=True)] == [True] * 3
    (root / "docs" / "ko" / "deep" / "more.md").write_text("다\n", encoding="utf-8")
    second = status.by_language()["ko"]
    assert [a is b for a, b in zip(first, second, strict=True)] == [True, False, True]
    assert [each.state for each in second[1].states] == [State.NEW]
    (root / "i18n" / "ko" / "lock.toml").write_text(
        '[["deep/more.md"]]\nsource = "old"\ntranslation = "0"\n[["index.md"]]\n'
        'source = "b"\ntranslation = "0"\n'
    )
    third = status.by_language()["ko"]
    assert [a is b for a, b in zip(second, third, strict=True)] == [True, False, False]
    assert [each.state for each in third[2].states][1] is State.IN_STEP


def test_what_another_process_has_compared_is_taken_over(root, tmp_path):
    status = TranslationStatus(root)
    compared = [str(each.states) for each in status.by_language()["ko"]]
    status.save(tmp_path / "status")
    other = TranslationStatus(root)
    other.load(tmp_path / "status")
    with patch("docs_tools.project.status.compare", side_effect=AssertionError):
        assert [str(each.states) for each in other.by_language()["ko"]] == compared
    (root / "docs" / "ko" / "deep" / "more.md").write_text("다\n", encoding="utf-8")
    assert [each.state for each in other.by_language()["ko"][1].states] == [State.NEW]


def test_a_broken_lock_is_an_error_that_names_it(root):
    (root / "i18n" / "ko" / "lock.toml").write_text("x")
    with pytest.raises(LockError, match=r"lock\.toml cannot be read as a lock"):
        tables(root, "en")
