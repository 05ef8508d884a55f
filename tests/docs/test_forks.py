"""What is written after a template of others is looked at again when theirs changes.

A template of ours that takes the place of one of others says after which it was written, in a
comment: "Forked from FILE of DISTRIBUTION VERSION, sha256 HASH", with the first sixteen digits.
"""

import hashlib
import re
from importlib.metadata import distribution

import pytest
from mkdocs.utils.yaml import yaml_load

from docs_tools.project.languages import ROOT

MARK = re.compile(r"Forked from (\S+) of\s+(\S+) (\S+),\s+sha256\s+([0-9a-f]{16})\b")
OF_THEME = "mkdocs-material", "material/templates"
OF_REFERENCE = "mkdocstrings-python", "mkdocstrings_handlers/python/templates/material"


def folders():
    """Our folders of templates, each with the distribution and the folder that it lies before."""
    with (ROOT / "mkdocs.yml").open(encoding="utf-8") as file:
        settings = yaml_load(file)
    theme = ROOT / settings["theme"]["custom_dir"]
    reference = ROOT / settings["plugins"]["mkdocstrings"]["custom_templates"]
    return {theme: OF_THEME, reference / "python" / "material": OF_REFERENCE}


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def replacing():
    """The files that take the place of one of the same name."""
    return [
        path
        for folder, (package, originals) in folders().items()
        for path in files(folder)
        if distribution(package).locate_file(f"{originals}/{path.relative_to(folder)}").is_file()
    ]


def forks():
    found = [path for folder in folders() for path in files(folder)]
    return [path for path in found if MARK.search(path.read_text(encoding="utf-8"))]


def named(paths):
    return [pytest.param(path, id=path.name) for path in paths]


def difference(path, locate=None):
    """What is to be done, where the original of a file is no longer what it was."""
    name, package, version, known = MARK.search(path.read_text(encoding="utf-8")).groups()
    installed = distribution(package)
    original = (locate or installed.locate_file)(name)
    if not original.is_file():
        return (
            f"{path}: {package} {installed.version} has no {name}; {version} had. Is ours in use?"
        )
    digest = hashlib.sha256(original.read_bytes()).hexdigest()[:16]
    if digest == known:
        return None
    return (
        f"{path} was written after {name} of {package} {version}, which has changed. Compare the "
        "two versions, take over what matters, look at the site, and write into ours: "
        f"Forked from {name} of {package} {installed.version}, sha256 {digest}"
    )


@pytest.mark.parametrize("path", named(replacing()))
def test_what_takes_the_place_of_a_template_says_which_it_was_written_after(path):
    assert MARK.search(path.read_text(encoding="utf-8")), (
        f"{path} takes the place of a file of others: say in a comment, as the other templates do, "
        "of which, and its hash"
    )


@pytest.mark.parametrize("path", named(forks()))
def test_what_a_template_was_written_after_is_what_it_was(path):
    trouble = difference(path)
    assert trouble is None, trouble


def test_templates_of_the_theme_and_of_the_reference_are_watched():
    assert {"search.html", "toc.html", "language.html", "class.html.jinja"} <= {
        path.name for path in replacing()
    }


def test_a_change_is_told_with_what_to_do(tmp_path):
    original = tmp_path / "toc.html"
    original.write_text("<nav>")
    digest = hashlib.sha256(b"<nav>").hexdigest()[:16]
    ours = tmp_path / "ours.html"
    ours.write_text(f"{{# Forked from toc.html of pytest 1.0, sha256 {digest} #}}")
    assert difference(ours, tmp_path.joinpath) is None
    original.write_text("<nav hidden>")
    digest = hashlib.sha256(b"<nav hidden>").hexdigest()[:16]
    trouble = difference(ours, tmp_path.joinpath)
    assert f"{ours} was written after toc.html of pytest 1.0, which has changed." in trouble
    assert trouble.endswith(
        f"Forked from toc.html of pytest {distribution('pytest').version}, sha256 {digest}"
    )
    original.unlink()
    assert "has no toc.html; 1.0 had" in difference(ours, tmp_path.joinpath)
