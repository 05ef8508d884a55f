"""The catalogues of this project: complete, and about exactly what the pages show."""

import json

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from docs_tools.catalogues import docstrings, reference
from docs_tools.catalogues.checks import check
from docs_tools.catalogues.project import catalogues
from docs_tools.project.languages import ROOT, SOURCE, languages


@pytest.mark.parametrize("code", [each.code for each in languages() if each.code != SOURCE])
def test_every_entry_is_translated(code):
    findings = [f for each in catalogues(ROOT) if each.language == code for f in check(each)]
    shown = [f"{each.path.name}:{each.line}: {each.context}: {each.what}" for each in findings]
    assert shown == [], "`python -m docs_tools.catalogues --help` says how to mend this"


def test_the_catalogues_hold_exactly_what_the_pages_show(tmp_path, monkeypatch):
    asked = set()

    def translator(*_):
        def translate(context, text):
            asked.add((context, text))
            return f"⟦{text}⟧"

        return translate

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DOCS_LANGUAGE", "ko")
    monkeypatch.setattr(docstrings, "translator", translator)
    config = load_config("mkdocs.yml", site_dir=str(tmp_path))
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    assert asked == {message.key for message in reference.messages(ROOT)}
    html = (tmp_path / "reference" / "websockets" / "index.html").read_text(encoding="utf-8")
    assert "⟦The client has disconnected.⟧" in html
    index = json.loads((tmp_path / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert any("⟦The state of the client" in entry["text"] for entry in index["docs"])
