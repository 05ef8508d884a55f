"""`python -m duologue`."""

import runpy
from pathlib import Path

import pytest

import duologue


def test_it_is_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["duologue", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(
            str(Path(duologue.__file__).with_name("__main__.py")), run_name="duologue.__main__"
        )
    assert not ended.value.code
    assert duologue.__version__ in capsys.readouterr().out
