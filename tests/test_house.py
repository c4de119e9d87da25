"""The floors of the house: a file imports from floors below its own, or from its own."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "tripos"
FLOORS = {"graph": 1, "nets": 2, "answers": 2, "paper": 3, "press": 4, "marking": 5, "cli": 6, "__main__": 6}
FILES = sorted(SOURCE.rglob("*.py"))


def imported(file):
    """Yield the dotted names, below ``tripos``, of the modules of ours that a file imports."""
    package = list(file.relative_to(SOURCE).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            path = above + (node.module.split(".") if node.module else [])
            yield from [[*path, alias.name] for alias in node.names] if not node.module else [path]


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_a_file_imports_from_its_own_floor_or_below(file):
    own = file.relative_to(SOURCE).with_suffix("").parts[0]
    for path in imported(file):
        if path and path[0] in FLOORS:
            assert path[0] == own or FLOORS[path[0]] < FLOORS.get(own, 6) or own == "__main__", path


def test_every_package_has_a_floor():
    packages = {p.parent.name for p in SOURCE.glob("*/__init__.py")}
    assert packages <= set(FLOORS)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_modules_stay_readable(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400
