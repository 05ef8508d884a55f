import dataclasses
import sys
import tomllib

import pytest
from markupsafe import escape

from docs_tools.fences.conformance import conformance_table
from docs_tools.project import conformance
from docs_tools.project.conformance import ConformanceError, Difference, Server
from docs_tools.project.languages import ROOT, languages
from docs_tools.wording import glossary

FOUND = conformance.read_conformance()
NORMS = {"a": "yes", "b": ""}
GOOD = Server("one", "one", "", "1.0", {"a": "yes", "b": "1006"})
BAD = Server("two", "two", "trio", "2.0", {"a": "no", "b": "1005"})
ROW = Difference("a", ("two",), "no", {"en": "Because `a < b`."})
SMALL = conformance.Conformance({"ends": NORMS}, (GOOD, BAD), (ROW,))
LABELS = {
    "choice": "Only",
    "shown": "{shown} of {all}",
    "table": "Servers",
    "feature": "Feature",
    "group.ends": "Ends",
    "feature.a": "A",
    "feature.b": "B",
    "value.no": "no!",
}


def test_the_files_fit_together_and_are_about_the_servers_of_the_tests(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "tests/servers"), *sys.path])
    from features import FEATURES
    from variants import VARIANTS

    assert list(FEATURES) == list(conformance.read_features())
    told = {each.name: (each.server, each.setting) for each in FOUND.servers}
    assert told == {name: (each.server, each.setting) for name, each in VARIANTS.items()}


def test_the_servers_of_a_package_stand_side_by_side():
    packages = [server.server for server in FOUND.servers]
    assert packages == sorted(packages, key=packages.index)


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)
def test_each_language_has_its_own_words_for_everything(language):
    path = ROOT / "i18n" / language.code / "words.toml"
    words = tomllib.loads(path.read_text(encoding="utf-8"))["conformance"]
    groups = {f"group.{name}" for name in FOUND.groups}
    features = {f"feature.{name}" for name in conformance.read_features()}
    seen = {value for server in FOUND.servers for value in server.seen.values()}
    values = {f"value.{value}" for value in seen if not value[0].isdigit()}
    assert set(words) == {"choice", "feature", "shown", "table"} | groups | features | values
    assert all(row.reasons.get(language.code) for row in FOUND.differences)


def test_the_reasons_keep_to_the_glossary():
    for code, spellings in glossary.read_glossary().forbidden.items():
        for row in FOUND.differences:
            assert [word for word in spellings if word in row.reasons[code]] == []


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)
def test_the_table_has_a_cell_for_each_server_and_feature(language):
    drawn = conformance_table(FOUND, language)
    names = conformance.read_features()
    assert drawn.count("<td>") == len(names) * len(FOUND.servers)
    for name in names:
        assert str(escape(language.words["conformance"][f"feature.{name}"])) in drawn
    for number in range(1, len(FOUND.differences) + 1):
        assert drawn.count(f'id="difference-{number}"') == 1
        assert f'href="#difference-{number}"' in drawn


def test_a_difference_leads_to_its_reason():
    language = dataclasses.replace(languages()[0], words={"conformance": LABELS})
    assert conformance_table(SMALL, language) == (
        '<fieldset class="conformance__choice" data-search-exclude="true" hidden>'
        "<legend>Only</legend>"
        '<label><input type="checkbox" value="one"> one</label>'
        '<label><input type="checkbox" value="two"> two</label>'
        '<p role="status" data-words="{shown} of {all}"></p></fieldset>'
        '<div class="conformance" role="region" aria-label="Servers" tabindex="0">'
        '<table class="conformance__table"><thead>'
        '<tr><th rowspan="2" scope="col">Feature</th>'
        '<th data-server="one" rowspan="2" scope="col">one<br><small>1.0</small></th>'
        '<th data-server="two" colspan="1" scope="colgroup">two<br><small>2.0</small></th></tr>'
        '<tr><th scope="col">trio</th></tr></thead>'
        '<tbody><tr><th colspan="3" scope="rowgroup"><span>Ends</span></th></tr>'
        '<tr><th scope="row">A</th><td>yes</td>'
        '<td><strong>no!</strong><sup><a href="#difference-1">1</a></sup></td></tr>'
        '<tr><th scope="row">B</th><td>1006</td><td>1005</td></tr></tbody></table></div>'
        '<ol><li id="difference-1">Because <code>a &lt; b</code>.</li></ol>'
    )


def test_what_fits_together_passes():
    conformance.check(SMALL, NORMS)


@pytest.mark.parametrize(
    ("servers", "rows", "message"),
    [
        ([GOOD, BAD], [], "two does something else than what is right: a is 'no', not 'yes'"),
        ([GOOD], [ROW], "there is no a of two to explain"),
        ([dataclasses.replace(GOOD, name="two")], [ROW], "a of two is 'no', but 'yes' was seen"),
        ([BAD], [dataclasses.replace(ROW, seen="x")], "a of two is 'x', but 'no' was seen"),
        ([BAD], [ROW, ROW], "two has two reasons for a"),
        ([dataclasses.replace(GOOD, seen={"a": "yes"})], [], "differ in b: run `make conformance`"),
        ([BAD], [ROW, dataclasses.replace(ROW, feature="b")], "b of two is 'no', but '1005'"),
    ],
)
def test_what_does_not_fit_together_is_named(servers, rows, message):
    found = conformance.Conformance({"ends": NORMS}, tuple(servers), tuple(rows))
    with pytest.raises(ConformanceError, match=message):
        conformance.check(found, NORMS)


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "broken.toml").write_text("x")
    with pytest.raises(ConformanceError, match=r"conformance/broken\.toml: Expected '='"):
        conformance.load_toml(tmp_path / "broken.toml")
