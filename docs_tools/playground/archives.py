"""What the site serves so that programs run in the browser: Pyodide, and distributions as archives.

Pyodide comes from ``node_modules``, what programs import from what is installed here, and Duologue
from this checkout. Building it asks no host, and neither does the page ask any other than its own.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tempfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docs_tools.node import node, tool
from docs_tools.playground.packages import OWN, Package, PackageError, closure, needed_by
from docs_tools.project.languages import ROOT
from docs_tools.project.snippets import NOT_IN_THE_BROWSER, Snippet, snippets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLACE = "assets/python"
"""Where in the site the files lie."""

MANIFEST = "files.json"
"""What the page reads first: which files there are, how large they are, and what is in them."""

EDITOR = "editor.mjs"
"""CodeMirror, in one file."""

LOADER = "pyodide.mjs"
BARE = "pyodide.asm.wasm"
INTERPRETER = ("pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
"""What Pyodide consists of. Its lock file lists distributions that are not served."""

EXAMPLE = "websockets/echo"
"""What is played to find out which modules a play begins with."""

STAGE = tuple(
    f"docs_tools/{name}.py"
    for name in (
        "__init__",
        "playground/__init__",
        "playground/console",
        "playground/sockets",
        "playground/stage",
        "project/__init__",
        "project/browsers",
    )
)
"""What runs programs, under the same names as everywhere."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive: the same files make the same archive."""


def lay_out(site: Path, root: Path = ROOT, *, compiled: bool = True) -> None:
    """Put what the page needs into a built site.

    Args:
        site: The folder of the site.
        root: The folder that holds ``src`` and ``docs_src``.
        compiled: Whether to compile what a play begins with. That takes some seconds after each
            change of the library, and saves each reader one.

    Raises:
        NodeError: Pyodide is not installed.
        PackageError: A distribution cannot be had in the browser.
    """
    shutil.copytree(prepare(root, compiled=compiled), site / PLACE, dirs_exist_ok=True)
    bundle(site / PLACE / EDITOR)


def prepare(root: Path = ROOT, *, compiled: bool = True) -> Path:
    """Make the files, or find those that were made of the same before.

    Returns:
        The folder that holds them.
    """
    packages = {each.name: each for each in closure(wanted(root))}
    core = {each.name for each in closure([OWN])}
    parts = {OWN: [packages[name] for name in sorted(core)]}
    parts |= {name: [each] for name, each in packages.items() if name not in core}
    files = {name: contents(those, root) for name, those in parts.items()}
    files[OWN] |= {name: ROOT / name for name in STAGE}
    made = root / "build" / "python"
    folder = made / f"{fingerprint(files)}{'' if compiled else '-sources'}"
    if not folder.exists():
        made.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=made, prefix="new-") as scratch:
            write(Path(scratch) / "made", files, parts, compiled=compiled)
            try:
                (Path(scratch) / "made").rename(folder)
            except OSError:
                if not folder.exists():  # another process has made the same
                    raise
    return folder


def wanted(root: Path) -> set[str]:
    """The distributions that the programs of ``docs_src`` need in the browser.

    Raises:
        PackageError: A program needs what cannot be had, and is not marked, or the other way round.
    """
    found = {OWN}
    for snippet in snippets(root):
        needed = needed_by(snippet.program)
        reason = NOT_IN_THE_BROWSER.get(snippet.name)
        try:
            closure(needed)
        except PackageError as error:
            if reason is None:
                raise PackageError(
                    f"{snippet.name} does not run in the browser: {error}. "
                    "If it need not, NOT_IN_THE_BROWSER in docs_tools/project/snippets.py says so."
                ) from None
            continue
        if reason == "threads":
            continue
        if reason is not None:
            raise PackageError(f"{snippet.name} runs in the browser: NOT_IN_THE_BROWSER is wrong")
        found |= needed
    return found


def contents(packages: list[Package], root: Path) -> dict[str, Path]:
    """The files of distributions that the browser needs, by their places in the archive.

    These are modules, what says which version it is, and licences.
    """
    return {name: path for each in packages for name, path in sources(each, root)}


def sources(package: Package, root: Path) -> Iterator[tuple[str, Path]]:
    """The files of one distribution, each with its place in the archive."""
    if package.name == OWN:
        for path in sorted((root / "src" / OWN).rglob("*.py")):
            yield path.relative_to(root / "src").as_posix(), path
        return
    found = distribution(package.name)
    for file in sorted(found.files or ()):
        is_metadata = file.parts[0].endswith(".dist-info")
        is_wanted = file.name == "METADATA" or "licenses" in file.parts
        if file.parts[0] != ".." and (is_wanted if is_metadata else file.suffix == ".py"):
            yield file.as_posix(), Path(str(found.locate_file(file)))


def fingerprint(files: Mapping[str, Mapping[str, Path]]) -> str:
    """What tells one set of files from another."""
    digest = hashlib.sha256()
    for made_by in sorted(Path(__file__).parent.iterdir()):
        if made_by.is_file():
            digest.update(made_by.read_bytes())
    digest.update(tool("pyodide/package.json").read_bytes())
    for part, those in sorted(files.items()):
        for name, path in sorted(those.items()):
            data = path.read_bytes()
            digest.update(f"{part}\0{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:16]


def write(
    folder: Path,
    files: Mapping[str, Mapping[str, Path]],
    parts: Mapping[str, Any],
    *,
    compiled: bool,
) -> None:
    """Write Pyodide, the archives, and the list of them."""
    version = json.loads(tool("pyodide/package.json").read_text(encoding="utf-8"))["version"]
    lock = json.loads(tool("pyodide/pyodide-lock.json").read_text(encoding="utf-8"))
    home = folder / f"pyodide-{version}"
    home.mkdir(parents=True)
    for name in (LOADER, *INTERPRETER):
        shutil.copy(tool(f"pyodide/{name}"), home)
    for name, those in files.items():
        (folder / f"{name}.zip").write_bytes(archive(those))
    if compiled:
        compile_used(folder / f"{OWN}.zip", home / "python_stdlib.zip")
    # Not every host of static files compresses these, and the page can undo it.
    sizes = {name: press(home / name) for name in INTERPRETER}
    # A browser keeps WebAssembly compiled only if it comes as it is.
    shutil.copy(tool(f"pyodide/{BARE}"), home)
    archives = {}
    for name in files:
        size = press(folder / f"{name}.zip")
        requires = {each for package in parts[name] for each in package.requires if each in files}
        archives[name] = {
            "file": f"{name}.zip",
            "size": size,
            "modules": sorted({each for package in parts[name] for each in package.modules}),
            "requires": sorted(requires - {OWN}),
        }
    manifest = {
        "pyodide": {"folder": f"{home.name}/", "sizes": sizes, "info": lock["info"]},
        "core": OWN,
        "archives": archives,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def press(path: Path) -> int:
    """Compress a file, and return its size then."""
    data = gzip.compress(path.read_bytes(), 7, mtime=0)  # 9 takes half as long again
    path.with_name(f"{path.name}.gz").write_bytes(data)
    path.unlink()
    return len(data)


def compile_used(core: Path, stdlib: Path) -> None:
    """Put byte code into both archives.

    Raises:
        PackageError: Nothing could be played with them; the message is what Node says.
    """
    snippet = Snippet(EXAMPLE)
    play = {
        "name": EXAMPLE,
        "program": snippet.program.read_text(encoding="utf-8"),
        "script": snippet.script.read_text(encoding="utf-8"),
    }
    script = Path(__file__).with_name("compile.mjs")
    done = subprocess.run(
        [*node(), str(script), str(core), str(stdlib)],
        input=json.dumps(play),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        # Node shows the line that an error is from, and one of Pyodide's has a million characters.
        said = "\n".join(line[:300] for line in done.stderr.splitlines())
        raise PackageError(f"Pyodide does not play {EXAMPLE}:\n{said}")


def bundle(target: Path) -> None:
    """Put the editor into one file that a page can load.

    Raises:
        PackageError: That failed; the message is what esbuild says.
    """
    source = Path(__file__).with_name(EDITOR)
    flags = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]
    done = subprocess.run(
        [*node(), str(tool("esbuild/bin/esbuild")), str(source), *flags, f"--outfile={target}"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode or done.stderr:
        raise PackageError(f"esbuild does not bundle {EDITOR}:\n{done.stderr}")


def archive(files: Mapping[str, Path]) -> bytes:
    """Put files into an archive, as they are: it is compressed as a whole."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name, path in sorted(files.items()):
            target.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes())
    return made.getvalue()
