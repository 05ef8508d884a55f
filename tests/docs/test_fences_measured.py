"""The tables of what was measured: by Autobahn, and by the benchmark of the servers."""

import dataclasses
import tomllib

import pytest

from benchmarks.servers.__main__ import WORKS
from benchmarks.servers.contenders import contenders
from docs_tools.fences.autobahn import autobahn_table
from docs_tools.fences.performance import effects_table, performance_table
from docs_tools.project.autobahn import Run, read_runs
from docs_tools.project.languages import ROOT, languages
from docs_tools.project.performance import Performance, read_performance

LANGUAGES = pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)


def words(language, table):
    path = ROOT / "i18n" / language.code / "words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))[table]


def test_the_suite_has_run_against_every_protocol():
    runs = read_runs()
    protocols = {"PicowsProtocol", "websockets-sansio", "websockets", "wsproto"}
    assert {run.protocol for run in runs if run.cases == "core"} == protocols
    for run in runs:
        count = run.ok + run.informational + run.non_strict + run.failed
        assert count == {"core": 247, "compression": 216}[run.cases]
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
        "<td><strong>1</strong></td><td>2026-01-01</td></tr></tbody></table></div>"
    )


FOUND = read_performance()


@LANGUAGES
def test_each_server_has_a_row(language):
    drawn = performance_table(FOUND, ["echo_50", "memory"], language)
    assert drawn.count("<tr>") == 1 + len(FOUND.results)
    assert drawn.count("<td><strong>") >= 2
    assert "uvicorn PicowsProtocol</th><td>Duologue</td>" in drawn


@LANGUAGES
def test_each_language_has_its_own_words_for_what_was_measured(language):
    works = {f"work.{work.name}" for work in WORKS} | {"work.memory"}
    effects = {f"effect.{name}" for name in FOUND.effects}
    names = {"server", "application", "raw", "measured", "choice", "effect"}
    assert set(words(language, "performance")) == works | effects | names
    assert effects_table(FOUND, language).count("<tr>") == 1 + len(effects)


def test_everything_was_measured_that_is_measured_now():
    contenders_ = [contender.name for contender in contenders()]
    assert list(FOUND.results) == contenders_
    for results in FOUND.results.values():
        assert {f"work.{name}" for name in results} >= {f"work.{work.name}" for work in WORKS}


def test_the_least_stands_out():
    found = Performance("", "", {}, {}, {"a on b": {"memory": 2048}, "c": {"memory": 1024}})
    words_ = {"server": "S", "application": "A", "work.memory": "M", "measured": "."}
    language = dataclasses.replace(languages()[0], words={"performance": words_})
    assert performance_table(found, ["memory"], language) == (
        '<table><thead><tr><th scope="col">S</th><th scope="col">A</th><th scope="col">M</th></tr>'
        '</thead><tbody><tr><th scope="row">b</th><td>a</td><td>2.0 kB</td></tr>'
        '<tr><th scope="row">c</th><td></td><td><strong>1.0 kB</strong></td></tr>'
        "</tbody></table><p><small>.</small></p>"
    )
