"""The READMEs: what they show is what is there."""

import re
import shlex
from pathlib import Path

import pytest

from docs_tools.project.highlights import take_highlights
from docs_tools.project.languages import ROOT
from duologue import cli

READMES = sorted(ROOT.glob("README*.md"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#]+)\)")

each_readme = pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)


def blocks(path: Path, kind: str) -> list[str]:
    return [content for name, content in FENCE.findall(path.read_text()) if name == kind]


def test_there_is_one_for_each_language():
    assert {path.name for path in READMES} == {"README.md", "README.zh.md", "README.ko.md"}


@each_readme
def test_the_program_and_its_script_are_those_of_the_documentation(path):
    echo = ROOT / "docs_src" / "websockets" / "echo"
    program, _ = take_highlights(echo.with_suffix(".py").read_text())
    assert blocks(path, "python") == [program]
    assert blocks(path, "text") == [echo.with_suffix(".duo").read_text()]


@each_readme
def test_who_copies_all_of_it_plays_the_script(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    [program], [script] = blocks(path, "python"), blocks(path, "text")
    for name, content in (("echo.py", program), ("echo.duo", script)):
        assert f"`{name}`" in path.read_text()
        Path(name).write_text(content)
    commands = [line for block in blocks(path, "bash") for line in block.splitlines()]
    [play] = [shlex.split(each)[1:] for each in commands if each.startswith("duologue play ")]
    assert cli.main(play) == 0
    assert capsys.readouterr().out == "passes echo.duo\n1 script passes\n"
    assert "uvicorn echo:app" in commands


@each_readme
def test_commands_are_the_same_in_each_language(path):
    assert blocks(path, "bash") == blocks(ROOT / "README.md", "bash")


@each_readme
def test_links_lead_somewhere(path):
    targets = [target for target in LINK.findall(path.read_text()) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


@each_readme
def test_the_logo_stands_first_and_has_a_size(path):
    logo = "docs_tools/theme/assets/favicon.svg"
    assert path.read_text().startswith(f"![]({logo})\n")
    assert 'width="64" height="64"' in (ROOT / logo).read_text()
