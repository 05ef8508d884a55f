import re
import tomllib

import pytest
import yaml

from docs_tools.languages import ROOT, language, languages


def test_the_languages_are_in_order():
    assert [(each.code, each.tag, each.prefix) for each in languages()] == [
        ("en", "en", ""),
        ("zh", "zh-Hans", "zh/"),
        ("ko", "ko", "ko/"),
    ]


@pytest.mark.parametrize("table", ["admonition", "dialogue", "notice", "play", "progress", "site"])
def test_every_word_is_translated(table):
    english = language("en").words[table]
    for other in languages()[1:]:
        same = {name for name, word in other.words[table].items() if word == english[name]}
        assert same <= {"json", "colon"}, other.name


def test_the_menu_calls_pages_in_the_language():
    """Pages are called like their headings, or by a word; sections always by a word."""

    def names(items):
        for item in items:
            if isinstance(item, dict):
                for title, inner in item.items():
                    yield title
                    if isinstance(inner, list):
                        yield from names(inner)

    nav = re.search(
        r"^nav:\n(.*?)\n\n", (ROOT / "mkdocs.yml").read_text(), re.DOTALL | re.MULTILINE
    )
    titles = set(names(yaml.safe_load(nav[1])))
    pages = {path for path in language("en").words["nav"] if path.endswith(".md")}
    for each in languages():
        own = tomllib.loads((ROOT / "i18n" / each.code / "words.toml").read_text("utf-8"))["nav"]
        assert set(own) == titles | pages, each.name
        assert all((ROOT / "docs" / each.code / page).is_file() for page in pages)


def test_the_titles_of_all_admonitions_are_translated():
    pages = [path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md")]
    untitled = r"^ *(?:!!!|\?\?\?\+?) (\w+)(?: \w+)*$"
    kinds = {kind for text in pages for kind in re.findall(untitled, text, re.MULTILINE)}
    assert kinds <= set(language("en").words["admonition"])


def test_words_keep_their_places():
    def places(word):
        return sorted(part.split("}")[0] for part in word.split("{")[1:])

    english = language("en").words
    for other in languages()[1:]:
        for table, words in english.items():
            for name, word in words.items():
                assert places(other.words[table][name]) == places(word), (other.name, name)


def test_a_word_that_is_not_translated_is_english(tmp_path):
    for code, order, words in [("en", 0, 'a = "one"\nb = "two"'), ("de", 1, 'a = "eins"')]:
        (tmp_path / "i18n" / code).mkdir(parents=True)
        content = f'code = "{code}"\ntag = "{code}"\nname = "x"\norder = {order}\n[t]\n{words}\n'
        (tmp_path / "i18n" / code / "words.toml").write_text(content)
    assert language("de", tmp_path).words == {"t": {"a": "eins", "b": "two"}}


def test_an_unknown_language_is_named_with_those_that_are_there():
    with pytest.raises(ValueError, match=r"no i18n/xx/words\.toml.*en, zh, ko"):
        language("xx")
