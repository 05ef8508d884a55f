import polib
import pytest

from docs_tools.catalogues.files import empty_catalogue, load_catalogue, save_catalogue, translator
from docs_tools.catalogues.merging import merge
from docs_tools.catalogues.messages import Message


def message(context, text, file="src/a.py"):
    return Message(context, text, file)


def catalogue(*entries):
    made = empty_catalogue("ko")
    for context, text, translation, *rest in entries:
        flags, previous = (["fuzzy"], rest[0]) if rest else ([], None)
        made.append(
            polib.POEntry(
                msgctxt=context,
                msgid=text,
                msgstr=translation,
                flags=flags,
                previous_msgid=previous,
            )
        )
    return made


def entries(outcome):
    return [
        (each.msgctxt, each.msgid, each.msgstr, each.fuzzy, each.previous_msgid)
        for each in outcome.catalogue
    ]


def counts(outcome):
    return outcome.new, outcome.changed, outcome.gone


def test_a_new_message_has_no_translation():
    outcome = merge(empty_catalogue("ko"), [message("b:text", "B"), message("a:text", "A")])
    assert entries(outcome) == [("b:text", "B", "", False, None), ("a:text", "A", "", False, None)]
    assert counts(outcome) == (2, 0, 0)


def test_a_translation_stays_and_the_order_is_that_of_the_code():
    old = catalogue(("a", "A", "가"), ("b", "B", "나"))
    outcome = merge(old, [message("b", "B"), message("a", "A")])
    assert entries(outcome) == [("b", "B", "나", False, None), ("a", "A", "가", False, None)]
    assert counts(outcome) == (0, 0, 0)


def test_a_changed_message_is_fuzzy_beside_its_former_text():
    old = catalogue(("a", "The text is sent.", "보냅니다."))
    outcome = merge(old, [message("a", "The text is sent at once.")])
    assert entries(outcome) == [
        ("a", "The text is sent at once.", "보냅니다.", True, "The text is sent.")
    ]
    assert counts(outcome) == (0, 1, 0)


def test_a_fuzzy_one_that_changes_again_keeps_the_text_that_it_was_made_for():
    old = catalogue(("a", "The text is sent.", "보냅니다.", "Text is sent."))
    outcome = merge(old, [message("a", "The text is sent now.")])
    assert entries(outcome) == [("a", "The text is sent now.", "보냅니다.", True, "Text is sent.")]


def test_a_change_that_is_taken_back_is_no_change():
    old = catalogue(("a", "The text is sent now.", "보냅니다.", "The text is sent."))
    outcome = merge(old, [message("a", "The text is sent.")])
    assert entries(outcome) == [("a", "The text is sent.", "보냅니다.", False, None)]
    assert counts(outcome) == (0, 0, 1)


def test_a_fuzzy_one_stays_fuzzy_until_a_translator_says_otherwise():
    old = catalogue(("a", "New", "옛", "Old"))
    assert entries(merge(old, [message("a", "New")])) == [("a", "New", "옛", True, "Old")]
    old[0].flags.remove("fuzzy")
    assert entries(merge(old, [message("a", "New")])) == [("a", "New", "옛", False, None)]


def test_of_two_paragraphs_the_one_that_is_alike_has_changed():
    old = catalogue(("a", "One thing is sent.", "하나"), ("a", "Another waits for it.", "둘"))
    outcome = merge(old, [message("a", "Another waits for that."), message("a", "Something new")])
    assert entries(outcome) == [
        ("a", "Another waits for that.", "둘", True, "Another waits for it."),
        ("a", "Something new", "", False, None),
    ]
    assert counts(outcome) == (1, 1, 1)


def test_what_nothing_says_any_more_goes():
    outcome = merge(catalogue(("a", "A", "가"), ("b", "B", "나")), [message("a", "A")])
    assert entries(outcome) == [("a", "A", "가", False, None)]
    assert counts(outcome) == (0, 0, 1)


def test_what_a_tool_has_set_aside_comes_back():
    old = catalogue(("a", "The text is sent.", "보냅니다."), ("b", "B", "나"))
    for each in old:
        each.obsolete = True
    outcome = merge(old, [message("b", "B"), message("a", "The text is sent now.")])
    assert entries(outcome) == [
        ("b", "B", "나", False, None),
        ("a", "The text is sent now.", "보냅니다.", True, "The text is sent."),
    ]


def test_the_same_text_elsewhere_is_translated_once():
    old = catalogue(("a", "Gone.", "끝."), ("c", "Gone.", ""))
    outcome = merge(old, [message("a", "Gone."), message("b", "Gone."), message("c", "Gone.")])
    assert [each[2] for each in entries(outcome)] == ["끝.", "끝.", "끝."]
    assert counts(outcome) == (0, 0, 0)


@pytest.mark.parametrize(
    "old",
    [
        [("a", "Gone.", "끝."), ("b", "Gone.", "떠남.")],
        [("a", "Gone.", "끝.", "Left.")],
    ],
)
def test_where_translations_disagree_or_are_old_none_is_taken(old):
    wanted = [message(each[0], "Gone.") for each in old] + [message("c", "Gone.")]
    assert entries(merge(catalogue(*old), wanted))[-1] == ("c", "Gone.", "", False, None)


def test_a_file_is_the_same_wherever_and_whenever_it_is_written(tmp_path):
    path = tmp_path / "ko" / "a.po"
    outcome = merge(load_catalogue(path), [message("a", 'It says "x" {y}\nand more')])
    assert save_catalogue(path, outcome.catalogue)
    assert path.read_text(encoding="utf-8") == (
        "# How to translate: python -m docs_tools.catalogues --help\n"
        'msgid ""\nmsgstr ""\n'
        '"Language: ko\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        "\n"
        "#: src/a.py\n"
        'msgctxt "a"\n'
        'msgid ""\n'
        '"It says \\"x\\" {y}\\n"\n'
        '"and more"\n'
        'msgstr ""\n'
    )
    assert not save_catalogue(
        path, merge(load_catalogue(path), [message("a", 'It says "x" {y}\nand more')]).catalogue
    )


def test_a_translator_knows_what_is_translated(tmp_path):
    path = tmp_path / "i18n" / "ko" / "reference.po"
    save_catalogue(path, catalogue(("a", "A", "가"), ("b", "B", ""), ("c", "C", "다", "Old")))
    translate = translator(tmp_path, "ko", "reference")
    asked = [("a", "A"), ("a", "X"), ("x", "A"), ("b", "B"), ("c", "C")]
    assert [translate(*each) for each in asked] == ["가", "X", "A", "B", "C"]
    assert translator(tmp_path, "en", "reference")("a", "A") == "A"
    assert translator(tmp_path, "fr", "reference")("a", "A") == "A"
