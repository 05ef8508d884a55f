"""The commands, on a project with one module, one snippet and two languages."""

import polib
import pytest

from docs_tools.catalogues.__main__ import main
from docs_tools.catalogues.files import save_catalogue

REFERENCE = "i18n/ko/reference.po"
SNIPPETS = "i18n/ko/snippets.po"
SEND = "duologue.room.send"
MODULE = '''"""See [`send`][duologue.room.send]."""


def send(text):
    """Send `text` to {name}.

    Raises:
        OSError: It is gone.
    """


def _own():
    """Not shown."""
'''


@pytest.fixture
def root(tmp_path, write_languages):
    write_languages(tmp_path, "en", "ko")
    files = {
        "docs/en/reference/index.md": "# API\n\n```modules\nroom\n```\n",
        "docs/en/reference/room.md": "# Room\n\n::: duologue.room\n",
        "src/duologue/__init__.py": "",
        "src/duologue/room.py": MODULE,
        "docs_src/page/a.py": "a = 1  # one\n# first\n# second\nb = 2  # <--\n",
        "docs_src/page/a.duo": "# Hello.\n> open /\n< accept\n> close\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def run(root, *arguments):
    return main([*arguments, "--root", str(root)])


def translate(root, name, words):
    path = root / "i18n" / "ko" / f"{name}.po"
    catalogue = polib.pofile(path, encoding="utf-8", wrapwidth=0)
    for entry in catalogue:
        entry.msgstr = words.get(entry.msgid, entry.msgstr)
    save_catalogue(path, catalogue)


GOOD = {
    "reference": {
        "See [`send`][duologue.room.send].": "[`send`][duologue.room.send] 참고.",
        "Send `text` to {name}.": "`text`를 {name}에게 보냅니다.",
        "It is gone.": "없습니다.",
    },
    "snippets": {"one": "하나", "first\nsecond": "첫째\n둘째", "Hello.": "안녕하세요."},
}


def complete(root):
    assert run(root, "update") == 0
    for name, words in GOOD.items():
        translate(root, name, words)


def test_a_translation_stays_with_what_moves_into_a_private_module(root, capsys):
    complete(root)
    source = root / "src" / "duologue"
    (source / "room").mkdir()
    (source / "room.py").rename(source / "room" / "_sending.py")
    house = """See [`send`][duologue.room.send]."""
    (source / "room" / "__init__.py").write_text(
        f'"""{house}"""\n\nfrom duologue.room._sending import send\n\n__all__ = ["send"]\n'
    )
    assert run(root, "check") == 0
    assert run(root, "update") == 0
    assert f"{REFERENCE}: 3 entries (0 new, 0 changed, 0 gone)\n" in capsys.readouterr().out
    assert "#: src/duologue/room/_sending.py" in (root / REFERENCE).read_text(encoding="utf-8")


def test_update_check_and_status(root, capsys):
    assert run(root, "update") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{REFERENCE}: 3 entries (3 new, 0 changed, 0 gone)",
        f"{SNIPPETS}: 3 entries (3 new, 0 changed, 0 gone)",
    ]
    assert run(root, "check") == 1
    assert capsys.readouterr().out.splitlines() == [
        f'{REFERENCE}:9: duologue.room:text: not translated: "See [`send`][{SEND}]."',
        f'{REFERENCE}:14: {SEND}:text: not translated: "Send `text` to {{name}}."',
        f'{REFERENCE}:19: {SEND}:raises:OSError: not translated: "It is gone."',
        f'{SNIPPETS}:9: docs_src/page/a.duo: not translated: "Hello."',
        f'{SNIPPETS}:14: docs_src/page/a.py: not translated: "one"',
        f'{SNIPPETS}:19: docs_src/page/a.py: not translated: "first second"',
    ]
    complete(root)
    capsys.readouterr()
    assert run(root, "check") == 0
    assert run(root, "status") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{REFERENCE}: 3 of 3 translated, 0 fuzzy, 0 missing",
        f"{SNIPPETS}: 3 of 3 translated, 0 fuzzy, 0 missing",
    ]
    assert run(root, "update") == 0
    assert all("nothing to write" in line for line in capsys.readouterr().out.splitlines())


def test_what_the_code_has_changed_is_named(root, capsys):
    complete(root)
    path = root / "src" / "duologue" / "room.py"
    path.write_text(MODULE.replace("It is gone.", "It is lost."), encoding="utf-8")
    capsys.readouterr()
    assert run(root, "check") == 1
    assert capsys.readouterr().out.splitlines() == [
        f'{REFERENCE}: {SEND}:raises:OSError: not in the catalogue, run `update`: "It is lost."',
        f'{REFERENCE}:19: {SEND}:raises:OSError: gone from the code, run `update`: "It is gone."',
    ]
    assert run(root, "update") == 0
    assert run(root, "check") == 1
    assert capsys.readouterr().out.splitlines()[2:] == [
        f'{REFERENCE}:19: {SEND}:raises:OSError: fuzzy, it was "It is gone.": "It is lost."'
    ]
    assert run(root, "status", "ko") == 0
    assert "2 of 3 translated, 1 fuzzy, 0 missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "words", "finding"),
    [
        (
            "reference",
            {"Send `text` to {name}.": "보냅니다 {이름}."},
            "the translation lacks inline code `text`, placeholder {name}",
        ),
        (
            "reference",
            {"It is gone.": "`x`가 없습니다."},
            "the translation has inline code `x` too many",
        ),
        (
            "reference",
            {"See [`send`][duologue.room.send].": "[`send`][duologue.room] 참고."},
            "the translation lacks link [duologue.room.send]",
        ),
        ("snippets", {"first\nsecond": "첫째 둘째"}, "1 lines instead of 2"),
        ("snippets", {"one": " "}, "not translated"),
    ],
)
def test_a_damaged_translation_is_named(root, capsys, name, words, finding):
    complete(root)
    translate(root, name, words)
    capsys.readouterr()
    assert run(root, "check") == 1
    assert finding in capsys.readouterr().out


def test_a_module_that_is_not_there_is_named(root, capsys):
    (root / "docs/en/reference/room.md").write_text("::: duologue.rom\n", encoding="utf-8")
    assert run(root, "update") == 2
    assert capsys.readouterr().err == (
        "reference/room.md shows duologue.rom, which is not there or cannot be parsed\n"
    )


def test_a_broken_catalogue_is_named(root, capsys):
    complete(root)
    path = root / "i18n" / "ko" / "reference.po"
    path.write_text("no catalogue\n", encoding="utf-8")
    assert run(root, "check") == 2
    assert "reference.po is not a catalogue: " in capsys.readouterr().err


def test_wrong_use(root, capsys):
    with pytest.raises(SystemExit, match="2"):
        run(root, "check", "fr")
    assert "there is no language fr; there are ko" in capsys.readouterr().err


def test_help_says_how_to_translate(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["update", "--help"])
    assert "How to translate:" in capsys.readouterr().out
