import os

import pytest

from docs_tools.site.changes import Changes


@pytest.fixture
def pages(tmp_path):
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def touch(path, seconds):
    os.utime(path, (seconds, seconds))


def test_at_first_everything_is_new(pages):
    assert Changes([pages]).take() is None


def test_what_has_changed_since_the_last_time(pages):
    changes = Changes([pages])
    changes.take()
    assert changes.take() == set()
    touch(pages / "b.md", 1)
    assert changes.take() == {pages / "b.md"}
    assert changes.take() == set()


def test_where_files_come_or_go_everything_is_new(pages):
    changes = Changes([pages])
    changes.take()
    (pages / "c.md").write_text("c.md", encoding="utf-8")
    assert changes.take() is None
    (pages / "a.md").unlink()
    assert changes.take() is None
    assert changes.take() == set()


def test_a_single_file_is_known_too(pages):
    changes = Changes([pages / "a.md"])
    assert changes.take() is None
    touch(pages / "a.md", 1)
    touch(pages / "b.md", 1)
    assert changes.take() == {pages / "a.md"}
