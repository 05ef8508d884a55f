import pytest

from docs_tools.languages import language, languages


def test_the_languages_are_in_order():
    assert [(each.code, each.tag, each.prefix) for each in languages()] == [
        ("en", "en", ""),
        ("zh", "zh-Hans", "zh/"),
        ("ko", "ko", "ko/"),
    ]


@pytest.mark.parametrize("table", ["dialogue", "play"])
def test_every_word_is_translated(table):
    english = language("en").words[table]
    for other in languages()[1:]:
        same = {name for name, word in other.words[table].items() if word == english[name]}
        assert same <= {"json", "colon"}, other.name


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
