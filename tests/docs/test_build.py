import pytest

from docs_tools import build


@pytest.fixture
def copy(copy_project, tmp_path):
    return copy_project(tmp_path)


def test_a_failing_language_fails_the_build_and_keeps_the_last_site(copy, capfd):
    (copy / "site").mkdir()
    (copy / "site" / "index.html").write_text("the last one")
    with (copy / "docs" / "ko" / "index.md").open("a") as page:
        page.write("\n[nowhere](websockets.md#nowhere)\n\n```dialogue\nwebsockets/nothing\n```\n")
    with pytest.raises(build.BuildError, match="한국어 failed"):
        build.build(copy / "site", root=copy)
    printed = capfd.readouterr().out
    assert "ko/index.md: the fence dialogue 'websockets/nothing'" in printed
    assert "there is no file docs_src/websockets/nothing.duo" in printed
    assert "does not contain an anchor '#nowhere'" in printed
    assert "ko  한국어: FAILED after" in printed
    assert "en  English: FAILED" not in printed
    assert (copy / "site" / "index.html").read_text() == "the last one"
    assert [path.name for path in copy.glob(".site-*")] == []


def test_the_exit_status_says_that_a_build_failed(monkeypatch, capsys):
    def fail(target, *, url):
        assert url == "https://example.org/docs/"
        raise build.BuildError("The site was not built.")

    monkeypatch.setattr(build, "build", fail)
    assert build.main(["--url", "https://example.org/docs"]) == 1
    assert capsys.readouterr().err == "The site was not built.\n"
