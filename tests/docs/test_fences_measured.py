"""The tables of what was measured: by Autobahn, and by the benchmark of the servers."""

import tomllib

import pytest

from docs_tools.fences.autobahn import autobahn_table
from docs_tools.project.autobahn import Run, read_runs
from docs_tools.project.languages import ROOT, languages

LANGUAGES = pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)


def words(language, table):
    path = ROOT / "i18n" / language.code / "words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))[table]


def test_the_suite_has_run_against_every_protocol():
    core = {run.protocol: run for run in read_runs() if run.cases == "core"}
    assert set(core) == {"PicowsProtocol", "websockets-sansio", "websockets", "wsproto"}
    for run in core.values():
        assert run.ok + run.informational + run.non_strict + run.failed == 247
        assert len(run.others) == run.non_strict + run.failed


def test_our_protocol_passes_all_cases():
    for run in read_runs():
        if run.protocol == "PicowsProtocol":
            assert (run.non_strict, run.failed, run.others) == (0, 0, [])


@LANGUAGES
def test_each_run_has_a_row(language):
    drawn = autobahn_table(read_runs(), language)
    assert drawn.count("<tr>") == 1 + len(read_runs())
    for word in words(language, "autobahn").values():
        assert word in drawn or word == words(language, "autobahn")["cases.compression"]


def test_what_is_not_passed_stands_out():
    run = Run("fast", "core", "2026-01-01", 244, 3, 0, 1, ["7.1.5"])
    drawn = autobahn_table([run], languages()[0])
    assert drawn.endswith(
        '<tr><th scope="row">fast</th><td>core</td><td>244</td><td>3</td><td>0</td>'
        "<td><strong>1</strong></td><td>2026-01-01</td></tr></tbody></table>"
    )
