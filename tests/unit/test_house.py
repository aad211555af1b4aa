"""The house rules that no linter knows: sizes, names, words, and what must not lie in the tree."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("monitor", "drivers", "alarms", "ui", "simulators")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["id"]: contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}

FUNCTION_LINES = 60
FILE_LINES = 500


UNTRACKED = {".git", ".venv", ".benchmarks", ".hypothesis", "__pycache__", "build"}


def tracked():
    """Return every file that is, or is about to be, part of the project; outside git, all but caches."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        paths = {ROOT / name for name in listed.stdout.split("\0") if name}
    else:
        paths = {
            path
            for path in ROOT.rglob("*")
            if not any(
                part in UNTRACKED or part.endswith(("_cache", ".egg-info"))
                for part in path.relative_to(ROOT).parts
            )
        }
    return sorted(path for path in paths if path.is_file())


FILES = tracked()
SOURCES = [path for path in FILES if path.suffix == ".py"]
PRODUCT = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in PACKAGES]


def named(path):
    return path.relative_to(ROOT).as_posix()


def tree_of(path):
    return ast.parse(path.read_text(), named(path))


def text_of(path):
    """Return a file's text, "" when it is none (a picture)."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def functions(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{named(path)}: {name} has {lines} lines"
        for path in SOURCES
        for name, lines in functions(path)
        if lines > FUNCTION_LINES
    ]
    assert long == []


def test_no_file_is_too_long_to_know():
    lengths = {named(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_module_is_named_after_nothing():
    rooms = {part.removesuffix(".py") for path in PRODUCT for part in path.relative_to(ROOT).parts}
    assert (
        rooms & {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
        == set()
    )


def test_test_modules_have_names_of_their_own():
    stems = [path.name for path in SOURCES if path.name.startswith("test_")]
    assert sorted(set(stems)) == sorted(stems)
    assert not [named(path) for path in (ROOT / "tests").rglob("__init__.py")]


def test_nothing_built_or_cached_is_part_of_the_project():
    waste = re.compile(
        r"(^|/)(__pycache__|build|dist|\.venv|[^/]*\.egg-info|\.[a-z]+_cache|\.hypothesis)(/|$)|\.pyc$"
    )
    assert [named(path) for path in FILES if waste.search(named(path))] == []


# Written in pieces, so that this file does not hold what it forbids.
HOSTS = re.compile(
    "|".join(
        ("pypi" r"\.org", "python" r"hosted\.", "deb\\." r"debian\.org", "npm" r"js\.", "/simple" r"/\b")
    )
)
PATHS = re.compile(
    "|".join(
        r"(?<![\w.])/" + place for place in ("work/", "root/", "tmp/team", "home" r"/(?!\.\.\.)", "opt/")
    )
)


@pytest.mark.parametrize("pattern", [HOSTS, PATHS], ids=["registry host", "path of one machine"])
def test_no_file_names_a_place_that_others_do_not_have(pattern):
    found = [
        f"{named(path)}:{number}: {line.strip()[:80]}"
        for path in FILES
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


FORBIDDEN_WORDS = re.compile(r"\b(un)?(mute|silenc(e|ing)|suspend)(d|s|ed)?\b", re.IGNORECASE)


def strings_and_names(path):
    """Yield what people may read or colleagues call: string constants but docstrings, and names."""
    tree = tree_of(path)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name.replace("_", " ")
        elif isinstance(node, ast.Name | ast.arg):
            yield (node.id if isinstance(node, ast.Name) else node.arg).replace("_", " ")


@pytest.mark.parametrize("room", ["ui", "alarms"])
def test_an_alarm_is_acknowledged_or_its_audio_paused_never_anything_else(room):
    said = [
        f"{named(path)}: {text[:60]}"
        for path in PRODUCT
        if path.relative_to(ROOT).parts[0] == room
        for text in strings_and_names(path)
        if FORBIDDEN_WORDS.search(text)
    ]
    assert said == []


def imported(path):
    """Yield the dotted names that a module imports."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_core_imports_the_standard_library_numpy_and_msgspec_only():
    allowed = {*sys.stdlib_module_names, "numpy", "msgspec", "monitor"}
    strays = [
        f"{named(path)}: {name}"
        for path in PRODUCT
        if named(path).startswith("monitor/core/")
        for name in imported(path)
        if name.partition(".")[0] not in allowed
    ]
    assert strays == []


def test_the_ui_knows_of_the_alarms_their_types_and_sound_only():
    strays = [
        f"{named(path)}: {name}"
        for path in PRODUCT
        if named(path).startswith("ui/")
        for name in imported(path)
        if name.startswith("alarms.") and name.split(".")[1] not in {"types", "sound"}
    ]
    assert strays == []


def children(package):
    return {
        f"{package}.{entry.stem}"
        for entry in (ROOT / package).iterdir()
        if (entry.suffix == ".py" or (entry / "__init__.py").is_file()) and not entry.stem.startswith("__")
    }


def test_every_room_of_the_monitor_has_its_floor():
    floors = {
        name.strip(" ()") for layer in CONTRACTS["direction"]["layers"] for name in re.split("[|:]", layer)
    }
    assert children("monitor") <= floors


def test_every_module_of_the_ui_outside_the_window_is_kept_from_qt():
    kept = set(CONTRACTS["window"]["source_modules"])
    assert children("ui") - {"ui.views", "ui.dashboard", "ui.central"} == {
        name for name in kept if name.startswith("ui.")
    }


def test_every_package_is_listed_and_shipped():
    assert set(PYPROJECT["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)
    assert {
        name.rstrip("*") for name in PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    } == set(PACKAGES)
    folders = {path.parent for path in PRODUCT}
    assert [named(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
    assert set(PYPROJECT["tool"]["mypy"]["packages"]) == set(PACKAGES)


def requirements():
    """Yield (name, version, hashes) of what is locked."""
    text = "".join((ROOT / name).read_text() for name in ("requirements.txt", "requirements-fuzz.txt"))
    for entry in text.replace("\\\n", " ").splitlines():
        if entry and not entry.startswith("#"):
            pin, *hashes = entry.split()
            name, _, version = pin.partition("==")
            yield name, version, hashes


def test_every_requirement_is_pinned_by_version_and_hash():
    loose = [
        name
        for name, version, hashes in requirements()
        if not version
        or not hashes
        or not all(re.fullmatch("--hash=sha256:[0-9a-f]{64}", each) for each in hashes)
    ]
    assert loose == []


def test_the_lock_holds_every_declared_dependency():
    project = PYPROJECT["project"]
    declared = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    names = {re.match(r"[\w.-]+", each).group().lower().replace("_", "-") for each in declared}
    assert names <= {name for name, _, _ in requirements()}


@pytest.mark.parametrize(
    "page",
    ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "docs/README.md", "docs/decisions/README.md"],
)
def test_a_page_that_people_look_for_is_there(page):
    assert (ROOT / page).read_text().strip()


def test_every_link_between_pages_leads_somewhere():
    dead = [
        f"{named(page)}: {target}"
        for page in FILES
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert dead == []


def test_decisions_are_numbered_without_a_hole_and_say_their_status():
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    parts = ("Status", "## Context", "## Decision", "## Consequences")
    assert [named(page) for page in pages if not all(part in page.read_text() for part in parts)] == []
