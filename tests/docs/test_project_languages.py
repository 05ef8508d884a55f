import re

import pytest
from mkdocs.utils.yaml import yaml_load

from docs_tools.project.languages import ROOT, language, languages


def test_the_languages_are_in_order():
    assert [(each.code, each.tag, each.prefix) for each in languages()] == [
        ("en", "en", ""),
        ("zh", "zh-Hans", "zh/"),
        ("ko", "ko", "ko/"),
    ]


@pytest.mark.parametrize("table", ["dialogue", "notice", "play", "playing", "progress"])
def test_every_word_is_translated(table):
    english = language("en").words[table]
    for other in languages()[1:]:
        same = {name for name, word in other.words[table].items() if word == english[name]}
        assert same <= {"json", "colon"}, other.name


@pytest.fixture
def settings():
    """What `mkdocs.yml` says."""
    with (ROOT / "mkdocs.yml").open(encoding="utf-8") as file:
        return yaml_load(file)


def test_every_language_says_all_that_mkdocs_yml_has_in_english(settings):
    """Pages are called like their headings, but for those that have a name; sections have one."""

    def names(items):
        for item in items:
            if isinstance(item, dict):
                for title, inner in item.items():
                    yield title
                    if isinstance(inner, list):
                        yield from names(inner)

    titles = set(names(settings["nav"]))
    english, *others = settings["plugins"]["i18n"]["languages"]
    for each in others:
        assert set(each["nav_translations"]) == titles, each["name"]
        assert each["site_description"] != settings["site_description"]
        toggles = [option["toggle"]["name"] for option in each["theme"]["palette"]]
        shown = [option["toggle"]["name"] for option in settings["theme"]["palette"]]
        assert len(toggles) == len(shown)
        assert not set(toggles) & set(shown)
    assert set(english) == {"locale", "name", "default", "extra"}


def test_the_titles_of_all_admonitions_are_translated(settings):
    pages = [path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md")]
    untitled = r"^ *(?:!!!|\?\?\?\+?) (\w+)(?: \w+)*$"
    kinds = {kind for text in pages for kind in re.findall(untitled, text, re.MULTILINE)}
    for each in settings["plugins"]["i18n"]["languages"][1:]:
        assert kinds <= set(each["admonition_translations"]), each["name"]


def test_words_keep_their_places():
    def places(word):
        return sorted(part.split("}")[0] for part in word.split("{")[1:])

    english = language("en").words
    for other in languages()[1:]:
        for table, words in english.items():
            for name, word in words.items():
                assert places(other.words[table][name]) == places(word), (other.name, name)


def test_a_word_that_is_not_translated_is_english(tmp_path, write_languages):
    write_languages(tmp_path, "en", "de", "eo")
    for code, words in [("en", 'a = "one"\nb = "two"'), ("de", 'a = "eins"')]:
        (tmp_path / "i18n" / code).mkdir(parents=True)
        (tmp_path / "i18n" / code / "words.toml").write_text(f"[t]\n{words}\n")
    assert language("de", tmp_path).words == {"t": {"a": "eins", "b": "two"}}
    assert language("eo", tmp_path).words == {"t": {"a": "one", "b": "two"}}


def test_an_unknown_language_is_named_with_those_that_are_there():
    with pytest.raises(ValueError, match=r"no language 'xx' in mkdocs\.yml.*en, zh, ko"):
        language("xx")


@pytest.mark.parametrize(
    ("code", "words", "line"),
    [
        ("jp", '[t]\na = "x"\n', "mkdocs.yml has no language 'jp'. It has ['en', 'ja']."),
        ("ja", "[t]\na = x\n", "Invalid value (at line 2, column 5)"),
        ("ja", b'[t]\na = "\xff"\n', "'utf-8' codec can't decode byte 0xff"),
        ("ja", '[u]\na = "x"\n', "there is no table [u] in the words of 'en'."),
        ("ja", 't = "x"\n', "there is no table [t] in the words of 'en'."),
        ("ja", '[t]\nb = "x"\n', "there is no 'b' in [t] of the words of 'en'."),
        ("ja", "[t]\na = 1\n", "'a' in [t] is not text: put it into quotes."),
        (
            "ja",
            '[t]\na = "{secs} s"\n',
            "'a' in [t] has {secs}, which the source does not have.",
        ),
    ],
)
def test_wrong_words_are_said_in_one_line(tmp_path, write_languages, code, words, line):
    write_languages(tmp_path, "en", "ja")
    for folder, text in (("en", '[t]\na = "{seconds} s"\n'), (code, words)):
        (tmp_path / "i18n" / folder).mkdir(parents=True)
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "i18n" / folder / "words.toml").write_bytes(content)
    with pytest.raises(SystemExit) as raised:
        languages(tmp_path)
    message = raised.value.code
    assert message.startswith(f"i18n/{code}/words.toml: {line}")
    assert "\n" not in message


def test_the_theme_has_words_of_its_own(tmp_path, write_languages):
    write_languages(tmp_path, "en", "ja")
    for code, words in (("en", "[theme]\n"), ("ja", '[theme]\n"search.title" = "検索"\n')):
        (tmp_path / "i18n" / code).mkdir(parents=True)
        (tmp_path / "i18n" / code / "words.toml").write_text(words, encoding="utf-8")
    assert language("ja", tmp_path).words["theme"] == {"search.title": "検索"}
