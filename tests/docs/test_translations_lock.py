"""What was accepted, and what has changed since: nothing becomes fresh by accident."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from docs_tools.translations import drift
from docs_tools.translations.alignment import align
from docs_tools.translations.blocks import digest
from docs_tools.translations.drift import State, states
from docs_tools.translations.lock import Entry, LockError, load_lock, save_lock
from docs_tools.translations.reading import read_blocks


def look(source, translation, entries=()):
    accepted = [(digest(entry.source), entry.translation) for entry in entries]
    return states(align(read_blocks(source), read_blocks(translation), accepted), entries)


def accept(source, translation, entries=(), chosen=lambda _: True):
    return drift.accept(look(source, translation, entries), entries, chosen)


def names(found):
    """The state of each block, by the line of its translation."""
    return {each.translation.line if each.translation else 0: str(each.state) for each in found}


ENGLISH = "One is here.\n\nTwo is here.\n\nThree is here.\n"
KOREAN = "하나.\n\n둘.\n\n셋.\n"


def test_what_nobody_has_accepted_is_new():
    assert names(look(ENGLISH, KOREAN)) == {1: "new", 3: "new", 5: "new"}


def test_what_was_accepted_is_in_step():
    entries = accept(ENGLISH, KOREAN)
    assert entries == [
        Entry("One is here.", digest("하나.")),
        Entry("Two is here.", digest("둘.")),
        Entry("Three is here.", digest("셋.")),
    ]
    assert names(look(ENGLISH, KOREAN, entries)) == {1: "in step", 3: "in step", 5: "in step"}


def test_a_changed_source_makes_exactly_its_translation_stale():
    entries = accept(ENGLISH, KOREAN)
    found = look(ENGLISH.replace("Two is", "Two was"), KOREAN, entries)
    assert names(found) == {1: "in step", 3: "stale", 5: "in step"}
    assert found[1].entry.source == "Two is here."
    assert found[1].source.text == "Two was here."


def test_a_source_that_says_something_else_altogether_is_stale_too():
    entries = accept(ENGLISH, KOREAN)
    found = look(ENGLISH.replace("Two is here.", "Nothing of the kind!"), KOREAN, entries)
    assert names(found)[3] == "stale"


def test_editing_a_translation_does_not_make_it_fresh():
    entries = accept(ENGLISH, KOREAN)
    changed = ENGLISH.replace("Two is", "Two was")
    found = look(changed, KOREAN.replace("둘.", "둘이었다."), entries)
    assert names(found) == {1: "in step", 3: "stale", 5: "in step"}
    assert found[1].entry.source == "Two is here."


def test_editing_a_translation_does_not_make_it_stale():
    entries = accept(ENGLISH, KOREAN)
    assert names(look(ENGLISH, KOREAN.replace("둘.", "두 번째."), entries))[3] == "in step"


def test_a_source_that_is_as_it_was_is_in_step_again():
    entries = accept(ENGLISH, KOREAN)
    assert names(look(ENGLISH.replace("Two is", "Two was"), KOREAN, entries))[3] == "stale"
    assert names(look(ENGLISH, KOREAN, entries))[3] == "in step"


def test_a_translation_stays_what_it_was_accepted_for():
    """Both sides lost a block, not the same one; what was accepted for each is not forgotten."""
    entries = accept(ENGLISH, KOREAN)
    found = look("One is here.\n\nThree is here.\n", "하나.\n\n둘.\n", entries)
    assert names(found) == {1: "in step", 3: "stale"}
    assert found[1].entry.source == "Two is here."


def test_wrapping_and_moving_make_nothing_stale():
    entries = accept(ENGLISH, KOREAN)
    source = "Three is\nhere.\n\nOne is\nhere.\n\n## New\n\nTwo is here.\n"
    found = look(source, "셋.\n\n하나.\n\n## 새것\n\n둘.\n", entries)
    assert names(found) == {1: "in step", 3: "in step", 5: "new", 7: "in step"}


def test_missing_and_extra_blocks_are_states_as_well():
    entries = accept(ENGLISH, KOREAN)
    found = look(ENGLISH + "\n`four`\n", "하나.\n\n덤으로 여기에 온 것.\n\n둘.\n\n셋.\n", entries)
    assert names(found) == {1: "in step", 3: "extra", 5: "in step", 7: "in step", 0: "missing"}


def test_every_row_item_and_title_is_a_block():
    source = '- a\n- b\n\n| c |\n| --- |\n| d |\n\n!!! note "e"\n    f\n'
    translation = '- 가\n- 나\n\n| 다 |\n| --- |\n| 라 |\n\n!!! note "마"\n    바\n'
    entries = accept(source, translation)
    assert [entry.source for entry in entries] == ["a", "b", "c", "d", "e", "f"]
    found = look(source.replace("d", "D"), translation, entries)
    assert names(found) == {
        1: "in step",
        2: "in step",
        4: "in step",
        6: "stale",
        8: "in step",
        9: "in step",
    }


def test_code_that_is_the_same_needs_nobody_to_accept_it():
    code = "```python\na = 1\n```\n"
    assert names(look(code, code)) == {1: "in step"}
    assert accept(code, code) == []


def test_comments_of_code_are_accepted():
    source, translation = "```python\na = 1  # one\n```\n", "```python\na = 1  # 하나\n```\n"
    assert names(look(source, translation)) == {1: "new"}
    entries = accept(source, translation)
    assert names(look(source, translation, entries)) == {1: "in step"}
    assert names(look(source.replace("one", "two"), translation, entries)) == {1: "stale"}


def test_blocks_that_say_the_same_need_an_entry_each():
    entries = accept("a\n\n`b`\n", "가\n\n`b`\n")
    found = look("a\n\n`b`\n\na\n", "가\n\n`b`\n\n가\n", entries)
    assert [str(each.state) for each in found] == ["in step", "in step", "new"]


def test_one_block_can_be_accepted():
    entries = accept(ENGLISH, KOREAN)
    changed = ENGLISH.replace(" is ", " was ")
    entries = accept(changed, KOREAN, entries, lambda each: each.translation.line == 3)
    assert names(look(changed, KOREAN, entries)) == {1: "stale", 3: "in step", 5: "stale"}
    assert [entry.source for entry in entries] == [
        "One is here.",
        "Two was here.",
        "Three is here.",
    ]


def test_accepting_one_block_forgets_nothing():
    """The source of an entry is gone for now: it is still what a translation was accepted for."""
    entries = accept(ENGLISH, KOREAN)
    shorter = accept("One is here.\n", "하나.\n", entries, lambda _: False)
    assert shorter == entries


def test_accepting_a_page_forgets_what_is_gone():
    entries = accept(ENGLISH, KOREAN)
    assert [entry.source for entry in accept("One is here.\n", "하나.\n", entries)] == [
        "One is here."
    ]


def test_accepting_keeps_out_what_is_missing_or_extra():
    assert accept(ENGLISH, "") == []
    assert accept("", KOREAN) == []


def test_a_lock_is_read_as_it_was_written(tmp_path):
    lock = {
        "b.md": [Entry('"quotes" \\ and\nlines\x7f \u2028 语言', "1")],
        "a b/ä.md": [Entry("x", "2"), Entry("y", "3")],
    }
    save_lock(tmp_path / "new" / "lock.toml", lock)
    assert load_lock(tmp_path / "new" / "lock.toml") == lock
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["lock.toml"]


def test_a_lock_reads_well_in_a_review(tmp_path):
    path = tmp_path / "lock.toml"
    save_lock(path, {"index.md": [Entry("Two\nlines", "abc")]})
    assert path.read_text(encoding="utf-8").partition("\n\n")[2] == (
        '[["index.md"]]\nsource = "Two\\nlines"\ntranslation = "abc"\n'
    )


def test_a_lock_that_is_not_there_is_empty(tmp_path):
    assert load_lock(tmp_path / "lock.toml") == {}


@pytest.mark.parametrize(
    "content", ["no toml", 'a = "b"', "[[a]]\nsource = 1", "[a]\nsource = 'b'", b"\xff"]
)
def test_what_is_no_lock_is_an_error(tmp_path, content):
    path = tmp_path / "lock.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LockError, match=r"lock.toml cannot be read as a lock: "):
        load_lock(path)


def test_a_lock_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LockError, match="cannot be written"):
        save_lock(tmp_path / "file" / "lock.toml", {})


class Drift(RuleBasedStateMachine):
    """Edits in any order, against a model: which version of the source was accepted last."""

    def __init__(self):
        super().__init__()
        self.order = list(range(4))
        self.source = [0] * 4
        self.translation = [0] * 4
        self.accepted = [None] * 4
        self.entries = []

    def page(self, words, versions):
        blocks = [f"{words} `a{each}` `b{each}` v{versions[each]}." for each in self.order]
        return "\n\n".join(blocks)

    def found(self):
        source = self.page("some words of the source", self.source)
        return look(source, self.page("번역한 말", self.translation), self.entries)

    @rule(block=st.integers(0, 3), version=st.integers(0, 2))
    def edit_the_source(self, block, version):
        self.source[block] = version

    @rule(block=st.integers(0, 3), version=st.integers(0, 2))
    def edit_the_translation(self, block, version):
        self.translation[block] = version

    @rule(order=st.permutations(range(4)))
    def move(self, order):
        self.order = order

    @rule(block=st.integers(0, 3))
    def accept_one(self, block):
        one = self.order.index(block) * 2 + 1
        self.entries = drift.accept(
            self.found(), self.entries, lambda each: each.translation.line == one
        )
        self.accepted[block] = self.source[block]

    @rule()
    def accept_the_page(self):
        self.entries = drift.accept(self.found(), self.entries, lambda _: True)
        self.accepted = list(self.source)

    @invariant()
    def states_are_as_in_the_model(self):
        for each, block in zip(self.found(), self.order, strict=True):
            accepted = self.accepted[block]
            expected = State.IN_STEP if accepted == self.source[block] else State.STALE
            assert each.state is (State.NEW if accepted is None else expected)


TestDrift = Drift.TestCase
TestDrift.settings = settings(
    max_examples=50, stateful_step_count=15, deadline=None, derandomize=True
)
