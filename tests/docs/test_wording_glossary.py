"""The terms of the three languages: they are complete, the pages use them, readers find them."""

import re
import shutil

import jieba
import pytest

from docs_tools.fences.glossary import glossary_table
from docs_tools.project.languages import ROOT, language, languages
from docs_tools.wording.glossary import FILE, SEARCH_WORDS, GlossaryError, lint, main, read_glossary

CODES = {each.code for each in languages()}
TERM = '[[terms]]\nen = "{}"\nzh = "帧"\nko = "프레임"\nsource = {{zh = "M", ko = "M"}}\n'
FRAME = TERM.format("frame")


@pytest.fixture
def root(tmp_path):
    """A project with our words and a small glossary, without pages."""
    for code in sorted(CODES):
        (tmp_path / "docs" / code).mkdir(parents=True)
        (tmp_path / "i18n" / code).mkdir(parents=True)
        shutil.copy(ROOT / "i18n" / code / "words.toml", tmp_path / "i18n" / code)
    shutil.copy(ROOT / SEARCH_WORDS, tmp_path / SEARCH_WORDS)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    write(tmp_path, '[sources]\nM = "MDN"\n[forbidden.zh]\n"您" = "你"\n' + FRAME)
    return tmp_path


def write(root, content, path=FILE):
    (root / path).write_text(content, encoding="utf-8")


def found(root):
    return [str(finding) for finding in lint(root)]


def test_every_term_has_a_word_in_each_language():
    glossary = read_glossary()
    assert len(glossary.terms) > 40
    assert all(set(term.words) == CODES for term in glossary.terms)
    assert {"zh", "ko"} == set(glossary.forbidden)


def test_the_search_takes_a_spelling_and_what_readers_type_for_the_words_of_the_pages(root):
    write(
        root,
        '[sources]\n[forbidden.zh]\n"您" = "(none)"\n"帧率" = "帧"\n[searched.zh]\n"WS" = "连接"\n',
    )
    assert read_glossary(root).of_the_search("zh") == {"帧率": "帧", "ws": "连接"}
    assert read_glossary(root).of_the_search("ko") == {}


def test_no_term_is_a_forbidden_one():
    glossary = read_glossary()
    for code, spellings in glossary.forbidden.items():
        words = [term.words[code] for term in glossary.terms]
        wrong = [(word, each) for word in words for each in spellings if each in word]
        assert wrong == []


def test_the_pages_the_readmes_and_the_words_are_clean(capsys):
    assert main([]) == 0
    assert capsys.readouterr().out == ""


def test_a_forbidden_term_is_found_with_file_line_and_the_preferred_one(root, capsys):
    write(root, "# 你好\n\n请您看\n\n`您`和\n\n```text\n您\n```\n", "docs/zh/a.md")
    write(root, "- 您\n", "README.zh.md")
    words = (root / "i18n/zh/words.toml").read_text(encoding="utf-8")
    write(root, words.replace('"跳到正文"', '"您跳到正文"'), "i18n/zh/words.toml")
    line = next(n for n, each in enumerate(words.splitlines(), 1) if "跳到正文" in each)
    entries = 'msgid "a `x`"\nmsgstr "`x` 好"\n\nmsgid "b"\nmsgstr "您"\n'
    write(root, entries, "i18n/zh/reference.po")
    assert main(["--root", str(root)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "README.zh.md:1: 您: write 你",
        "docs/zh/a.md:3: 您: write 你",
        "docs/zh/a.md:5: `…`和: a space belongs between Chinese and inline code",
        f"i18n/zh/words.toml:{line}: 您: write 你",
        "i18n/zh/reference.po:4: 您: write 你",
    ]


@pytest.mark.parametrize(
    ("code", "text", "message"),
    [
        ("zh", "你好,世界", "你好,世界: full-width punctuation belongs beside Chinese"),
        ("zh", "关闭(close)", "关闭(clos: full-width punctuation belongs beside Chinese"),
        ("zh", "用 `a`, 再用", "用 `…`, 再用: full-width punctuation belongs beside Chinese"),
        ("zh", "使用WebSocket 连接", "使用WebSoc: write 使用 WebSo"),
        ("zh", "等待5 秒", "等待5 秒: write 等待 5 秒"),
        ("zh", "等待 一会儿", "待 一: no space belongs between Chinese characters"),
        ("zh", "用`a` 吧", "用`…` 吧: a space belongs between Chinese and inline code"),
        ("zh", "[`a`](b.md)吧", "`…`吧: a space belongs between Chinese and inline code"),
        ("zh", "你好， 世界", "你好， 世界: no space belongs beside full-width punctuation"),
        (
            "zh",
            "取**最后**值",
            "取**最后**: a space belongs between emphasis and the words beside it",
        ),
        ("zh", "## 消息。 { #m }", "no punctuation belongs at the end of a heading"),
        (
            "zh",
            '!!! note "你好,世界"',
            'e "你好,世界": full-width punctuation belongs beside Chinese',
        ),
        ("zh", "| a | b |\n| - | - |\n| 好 | 用`a` |", "用`…`: a space belongs between Chinese"),
        (
            "ko",
            "WebSocket 을 연다",
            "ocket 을 연다: no space belongs between a word and its particle",
        ),
        ("ko", "`a` 는 값", "`…` 는 값: no space belongs between a word and its particle"),
        ("ko", "연결，종료", "연결，종료: half-width punctuation belongs into Korean"),
        ("ko", "**값**은", "**값**은: a space belongs between emphasis and the words beside it"),
        ("ko", "## 연결?", "no punctuation belongs at the end of a heading"),
    ],
)
def test_a_mistake_of_style_is_found(root, code, text, message):
    write(root, f"{text}\n", f"docs/{code}/a.md")
    (finding,) = found(root)
    line = text.count("\n") + 1
    assert finding.startswith(f"docs/{code}/a.md:{line}: {message}")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("zh", "用 `a`、`b`，再用 [`c`](d.md) 或 **最后一个** 值：1000–1003。"),
        ("zh", "- **一个连接，一个对象**：读取"),
        ("zh", "取 **最后** 值"),
        ("zh", "| `您,a` |\n| --- |\n| 好。 |"),
        ("zh", "```text\n你好,世界\n```"),
        ("zh", "    你好,世界"),
        ("ko", "`a`는 WebSocket을 연다. `b` 이후에는 Python 3.11 이상, JSON 가운데 하나."),
        ("ko", "**마지막** 값, *값*."),
        ("ko", "## 연결 { #a.b }"),
    ],
)
def test_what_is_right_is_not_found(root, code, text):
    write(root, f"{text}\n", f"docs/{code}/a.md")
    assert found(root) == []


def test_an_incomplete_glossary_is_found(root):
    write(
        root,
        '[sources]\nM = "MDN"\n[[terms]]\nen = "frame"\nzh = "框格"\nsource = {zh = "M"}\n',
    )
    assert found(root) == [
        "i18n/glossary.toml:4: frame: no word in 한국어",
        "i18n/glossary.toml:4: 框格: add it, or its parts, to i18n/zh/terms.txt",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("terms = [", r"i18n/glossary\.toml: "),
        ('[[terms]]\nzh = "帧"\n', "a term lacks its 'en' word"),
        ('[[terms]]\nen = "frame"\nzh = "帧"\n', "'frame' needs a source letter for each language"),
        (FRAME, r"the source 'M' of 'frame' \(zh\) is none of"),
        ('[sources]\nM = "MDN"\n' + FRAME * 2, "there are two terms 'frame'"),
        ('[forbidden.zh]\n"您" = ""\n', r"forbidden\.zh must say what to write instead of '您'"),
        (
            '[forbidden.zh]\n"您" = "您好"\n',
            r"forbidden\.zh must say what to write instead of '您'",
        ),
    ],
)
def test_a_wrong_file_is_an_error_that_says_why(root, content, message, capsys):
    write(root, content)
    with pytest.raises(GlossaryError, match=message):
        read_glossary(root)
    assert main(["--root", str(root)]) == 1
    assert re.search(message, capsys.readouterr().err)


def test_the_own_language_comes_first_and_the_others_are_marked(root):
    assert glossary_table(read_glossary(root), language("ko"), languages()) == (
        '<table><thead><tr><th>한국어</th><th lang="en">English</th>'
        '<th lang="zh-Hans">简体中文</th></tr></thead>'
        '<tbody><tr><td>프레임</td><td lang="en">frame</td><td lang="zh-Hans">帧</td></tr></tbody>'
        "</table>"
    )


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_table_is_in_the_built_page(site, code):
    own = language(code)
    html = (site / own.prefix / "glossary" / "index.html").read_text(encoding="utf-8")
    assert glossary_table(read_glossary(), own, languages()) in html


def test_the_search_knows_every_chinese_term():
    words = {line.split()[0] for line in (ROOT / SEARCH_WORDS).read_text("utf-8").splitlines()}
    tokenizer = jieba.Tokenizer()
    with (ROOT / SEARCH_WORDS).open("rb") as file:
        tokenizer.load_userdict(file)
    for term in read_glossary().terms:
        assert set(tokenizer.cut(term.words["zh"])) <= words
