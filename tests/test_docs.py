"""Every example in the documentation is run, and every name that is public is documented.

    python tests/test_docs.py --write

brings transcripts, findings and generated tables up to date; read the difference before you commit it.

- A ``markdown`` fence is a paper, or a fragment that is put into one.  It must be without findings, unless
  a ``text`` fence follows that lists them (lines are counted from the first line of the fragment).
- A word after the language of a fence is the name of a file that transcripts of the page may use.
- A ``console`` fence is a transcript: ``$ tripos ...`` and its output, 100 columns wide.  A line ``...``
  stands for lines left out; ``$ echo $?`` prints the last exit status, ``$ cat FILE`` a file.
- A table whose columns are kind, key, answer, outcome, share and what it says: every answer is marked.
- A table whose columns are written, names and means: what is written is compared with what it means.
- A ``python`` fence is run; one with ``>>>`` in it is a doctest.
- What stands between ``<!-- generated: NAME -->`` and ``<!-- end -->`` is made from the code.
"""

from __future__ import annotations

import ast
import atexit
import builtins
import contextlib
import doctest
import importlib
import inspect
import io
import os
import re
import runpy
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import pytest
import yaml
from nets.train.systems import generative, layers, learning, sequences
from test_recipes import promises
from typer.main import get_command
from typer.testing import CliRunner

from tripos.answers.code.sandbox import available
from tripos.answers.comparing.compare import Reference
from tripos.answers.comparing.pairs import read_names
from tripos.answers.keys import Open, Options
from tripos.answers.kinds import KINDS, kind_of
from tripos.cli import app
from tripos.graph.conventions import CONVENTIONS
from tripos.graph.op import Op, table
from tripos.paper.check import check_text
from tripos.paper.model import BLOCKS
from tripos.paper.template import TEMPLATE
from tripos.paper.vocabulary import vocabulary

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
REFRESH = "if this is what it should be: python tests/test_docs.py --write"

# -- fences ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fence:
    """A fenced block of a page: its language, the word after it, its text and where that stands."""

    page: Path
    line: int  # of its first row, counted from 1
    language: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def fences(page: Path, text: str | None = None) -> list[Fence]:
    found: list[Fence] = []
    lines = (page.read_text(encoding="utf-8") if text is None else text).splitlines()
    i = 0
    while i < len(lines):
        opening = re.match(r"(`{3,})(.*)$", lines[i])
        if opening:
            start = i = i + 1
            while not re.fullmatch(opening[1] + "`*", lines[i].strip()):
                i += 1
            language, _, name = opening[2].strip().partition(" ")
            found.append(Fence(page, start + 1, language, name, "".join(x + "\n" for x in lines[start:i])))
        i += 1
    return found


@cache
def everything() -> list[Fence]:
    return [fence for page in PAGES for fence in fences(page)]


def of(language: str) -> list[Fence]:
    return [fence for fence in everything() if fence.language == language]


# -- papers and fragments ----------------------------------------------------------------------


def wrapped(text: str) -> tuple[str, int]:
    """Return a fragment as a whole paper, and how many lines were put before it."""
    if text.startswith("---\n"):
        return text, 0
    before = "---\ntitle: Example\n---\n\n"
    if not text.startswith("#"):
        rubric = re.search(r"^```rubric\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        points = sum(int(row.split()[0]) for row in rubric[1].splitlines()) if rubric else 4
        before += f"## Example {{#example points={points}}}\n\n"
    return before + text, before.count("\n")


def findings(fence: Fence) -> str:
    """Return what checking a fragment reports, its lines counted from the first line of the fragment."""
    text, offset = wrapped(fence.text)
    found = "".join(f"{finding}\n" for finding in check_text(text).diagnostics)
    return re.sub(
        r"(?<=^paper\.md:)\d+|(?<=\bline )\d+", lambda m: str(int(m[0]) - offset), found, flags=re.M
    )


def claimed(fence: Fence) -> Fence | None:
    """Return the fence that lists what is found in a fragment: a text fence that comes next."""
    page = fences(fence.page)
    after = page[page.index(fence) + 1 :]
    return after[0] if after and after[0].language == "text" else None


FRAGMENTS = [fence for fence in of("markdown") if not fence.name]


@pytest.mark.parametrize("fence", FRAGMENTS, ids=str)
def test_a_fragment_is_found_to_be_as_the_page_says(fence):
    expected = claimed(fence)
    assert findings(fence) == (expected.text if expected else ""), REFRESH


def test_every_list_of_findings_belongs_to_a_fragment():
    claims = [claim for fence in FRAGMENTS if (claim := claimed(fence))]
    assert set(of("text")) == set(claims)


# -- transcripts -------------------------------------------------------------------------------


def house(page: Path) -> Path:
    """Return a new directory with the papers of the repository and the files of a page, to run it in."""
    directory = Path(tempfile.mkdtemp(prefix="tripos-docs-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    (directory / "papers").symlink_to(ROOT / "papers")
    for fence in fences(page):
        if fence.name:
            (directory / fence.name).write_text(fence.text, encoding="utf-8")
    return directory


def run(command: str) -> tuple[str, int]:
    """Return the output of a command run in the working directory, and its exit status."""
    program, *words = shlex.split(command)
    if program == "cat":
        return Path(words[0]).read_text(encoding="utf-8"), 0
    assert program == "tripos", f"transcripts run tripos, not {program}"
    if "new" not in words:
        Path("my-paper.md").write_text(TEMPLATE, encoding="utf-8")
    else:
        Path("my-paper.md").unlink(missing_ok=True)
    result = CliRunner(env={"COLUMNS": "100"}).invoke(app, words, prog_name="tripos")
    for sign in ("Tripos failed", "did not start"):  # never let a fault of ours into a page
        assert sign not in result.output, result.output
    return "\n".join(line.rstrip() for line in result.output.splitlines()) + "\n", result.exit_code


def commands(fence: Fence) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a transcript with the lines of its output."""
    command, output = "", list[str]()
    for line in fence.text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, output
            command, output = line[2:], []
        else:
            output.append(line)
    yield command, output


@cache
def transcripts(page: Path) -> dict[Fence, list[tuple[str, list[str], list[str]]]]:
    """Return each command of a page, run in order, with the lines that stand there and those it prints."""
    found: dict[Fence, list[tuple[str, list[str], list[str]]]] = {}
    status = 0
    with contextlib.chdir(house(page)):
        for fence in fences(page):
            for command, written in commands(fence) if fence.language == "console" else ():
                output = f"{status}\n"
                if command != "echo $?":
                    output, status = run(command)
                found.setdefault(fence, []).append((command, written, output.rstrip("\n").splitlines()))
    return found


def segments(written: list[str]) -> list[list[str]]:
    """Return lines cut at those that are three dots."""
    parts: list[list[str]] = [[]]
    for line in written:
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def agrees(written: list[str], printed: list[str]) -> bool:
    """Say whether a transcript is what was printed, up to what it leaves out."""
    pattern = r"(?:.*\n)*".join(re.escape("".join(f"{x}\n" for x in part)) for part in segments(written))
    return re.fullmatch(pattern, "".join(f"{x}\n" for x in printed)) is not None


def refreshed(written: list[str], printed: list[str]) -> list[str]:
    """Return what was printed, with lines left out where the transcript leaves some out."""
    parts = segments(written)
    if agrees(written, printed) or len(parts) == 1:
        return written if agrees(written, printed) else printed
    first, *inner, last = parts
    out = printed[: len(first)]
    for part in inner:
        if part[0] not in printed:
            raise SystemExit(f"the line {part[0]!r} is printed no more; write this transcript anew")
        at = printed.index(part[0])
        out += ["...", *printed[at : at + len(part)]]
    return [*out, "...", *printed[len(printed) - len(last) :]]


@pytest.mark.parametrize("fence", of("console"), ids=str)
def test_a_transcript_is_what_is_printed(fence):
    for command, written, printed in transcripts(fence.page)[fence]:
        assert agrees(written, printed), f"$ {command}\n" + "\n".join(printed) + f"\n{REFRESH}"


# -- Python ------------------------------------------------------------------------------------


FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
SESSIONS = list(dict.fromkeys(fence.page for fence in of("python") if ">>>" in fence.text))


@pytest.mark.parametrize("page", SESSIONS, ids=lambda p: p.name)
def test_a_session_goes_as_the_page_says(page, capsys):
    """All fences of a page with prompts in them are one session."""
    parts = [fence for fence in of("python") if fence.page == page and ">>>" in fence.text]
    known: dict[str, object] = {}
    for fence in parts:
        test = doctest.DocTestParser().get_doctest(fence.text, known, str(fence), str(page), fence.line)
        with contextlib.chdir(ROOT):
            outcome = doctest.DocTestRunner(optionflags=FLAGS).run(test, clear_globs=False)
        known = test.globs
        assert outcome.attempted
        assert not outcome.failed, capsys.readouterr().out


@pytest.mark.parametrize("fence", [f for f in of("python") if ">>>" not in f.text], ids=str)
def test_python_runs(fence):
    before = dict(table)
    try:
        with contextlib.chdir(house(fence.page)):
            exec(compile(fence.text, str(fence), "exec", dont_inherit=True), {"__name__": "docs"})
    finally:
        table.clear()
        table.update(before)


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_examples_run(script):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(str(script), run_name="__main__")
    assert " = " in out.getvalue()
    if script.stem == "backprop":
        assert re.search(r"^∂L/∂w_out .* = \[−1/2 0 0 −1/2\]ᵀ$", out.getvalue(), re.MULTILINE)


# -- answers that are marked -------------------------------------------------------------------

_HEAD = "| kind | key | answer | outcome | share | what it says |"


def marked(kind: str, key: str, answer: str) -> list[str]:
    """Return what comes of an answer, as cells; statements may stand before a key, options after a bar."""
    key, _, options = key.partition(" | ")
    known: dict[str, object] = {**vocabulary(), "Options": Options, "Open": Open}
    *before, last = ast.parse(key).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(before, []), key, "exec"), known)
    value = eval(compile(ast.Expression(last.value), key, "eval"), known)
    given = dict(option.split("=") for option in options.split(", ") if option)
    assert kind_of(value, given).name == kind, key
    found = kind_of(value, given).mark(value, answer, given, {})
    verdict = found.verdict
    says = {"right": "", "wrong": verdict.witness or verdict.reason}.get(verdict.outcome, verdict.reason)
    if verdict.outcome in ("right", "wrong"):
        says = " ".join(found.feedback) or says
    return [verdict.outcome, str(found.credit), says]


def rows_of(text: str, head: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of tables with a head, each with its index and its cells."""
    inside = False
    for i, row in enumerate(text.splitlines()):
        inside = row.startswith("|") and (inside or row == head)
        if inside and row != head and not row.startswith("|---"):
            yield i, [cell.strip().strip("`").replace(r"\|", "|") for cell in _BAR.split(row)[1:-1]]


def answered(text: str) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield the rows of tables of answers, each with its index, its kind, its key and the other cells.

    Kind and key of a row that has none are those of the row before.
    """
    kind, key = "", ""
    for i, cells in rows_of(text, _HEAD):
        kind, key = cells[0] or kind, cells[1] or key
        yield i, kind, key, cells[2:]


_BAR = re.compile(r"(?<!\\)\|")
ANSWERED = [found for page in PAGES for found in answered(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("line", "kind", "key", "cells"), ANSWERED)
def test_an_answer_is_marked_as_the_page_says(line, kind, key, cells):
    if kind == "code" and available():
        pytest.skip(available())
    answer, *told = cells
    assert marked(kind, key, answer) == told, REFRESH


def test_every_kind_is_shown_right_wrong_and_unread():
    shown = {(kind, cells[1]) for _, kind, _, cells in ANSWERED}
    machine = [kind for kind in KINDS if kind != "open"]  # which a person marks
    assert shown >= {(kind, outcome) for kind in machine for outcome in ("right", "wrong", "unread")}


MEANT = [
    (str(page.name), cells)
    for page in PAGES
    for _, cells in rows_of(page.read_text(encoding="utf-8"), "| written | names | means |")
]


@pytest.mark.parametrize(("source", "cells"), MEANT)
def test_what_is_written_means_what_the_page_says(source, cells):
    written, names, means = cells
    verdict = Reference(means, read_names(names)).verdict(written)
    assert verdict.right, (source, written, verdict)


def remarked(text: str) -> str:
    """Return a page with what comes of the answers in its tables."""
    rows = text.splitlines()
    for i, kind, key, (answer, *_) in answered(text):
        if kind != "code" or not available():
            told = [f" {cell} " if cell else " " for cell in marked(kind, key, answer)]
            rows[i] = "|".join([*_BAR.split(rows[i])[:4], *(cell.replace("|", r"\|") for cell in told), ""])
    return "\n".join(rows) + "\n"


# -- tables made from the code -----------------------------------------------------------------


def groups() -> dict[str, list[str]]:
    """Return the names of the vocabulary by the module that defines them, Python's own apart."""
    own = vars(builtins)
    found: dict[str, list[str]] = {}
    for name, value in sorted(vocabulary().items(), key=lambda item: item[0].casefold()):
        if own.get(name, own) is not value:
            found.setdefault(value.__module__, []).append(name)
    return dict(sorted(found.items()))


MEANINGS = {
    "abs": ("abs(x)", "The absolute value; its derivative at 0 is taken as 0."),
    "max": ("max(x)", "The largest entry; `max(a, b)` is the larger of two, entry by entry."),
    "min": ("min(a, b)", "The smaller of two, entry by entry."),
    "sum": ("sum(x)", "The sum of all entries."),
    "where": ("where(c, a, b)", "`a` where the condition `c` is positive, else `b`."),
    "constant": ("constant(value)", ""),
    "size": ("size(names)", 'Sizes without values, one for each name: `M, N, d = size("M N d")`.'),
}
"""Signatures and descriptions of names that the code cannot be asked for."""


def described(name: str) -> tuple[str, str]:
    """Return how a name of the vocabulary is called and what it does, from the code."""
    value = vocabulary()[name]
    usage, meaning = MEANINGS.get(name, ("", ""))
    op = table.get(name)
    if isinstance(op, Op) and getattr(value, "__doc__", None) == op.doc:
        usage = usage or f"{name}({', '.join(_parameters(op.forward, op.attrs)[1:])})"
        return usage, meaning or _sentence(op.doc)
    usage = usage or f"{name}({', '.join(_parameters(value, {}))})"
    return usage, meaning or _sentence(inspect.getdoc(value) or "")


def _parameters(function: Callable[..., object], defaults: dict[str, object]) -> list[str]:
    out = []
    for parameter in inspect.signature(function).parameters.values():
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        default = defaults.get(parameter.name, parameter.default)
        shown = (
            ""
            if default is parameter.empty
            else f"={default if not isinstance(default, str) else repr(default)}"
        )
        out.append(f"{star}{parameter.name}{shown}")
    return out


def _sentence(doc: str) -> str:
    """Return the first sentence or paragraph of a docstring, fit for a table."""
    text = " ".join(doc.split("\n\n")[0].split()).replace("``", "`").removeprefix("Return ")
    if re.match(r"a |[a-z]{2,} ", text):
        text = text[0].upper() + text[1:]
    return text if text.endswith(".") else text + "."


def vocabulary_table() -> str:
    out = []
    for module, names in groups().items():
        about = inspect.getdoc(importlib.import_module(module)) or ""
        out += [f"## {module.rpartition('.')[2].capitalize()}", "", about.split("\n\n")[0].replace("\n", " ")]
        out += ["", "| name | what it is |", "|---|---|"]
        for name in names:
            usage, meaning = described(name)
            out.append(f"| `{usage}` | {meaning} |".replace("|x|", r"\|x\|"))
        out.append("")
    own = [name for name in vocabulary() if getattr(builtins, name, None) is vocabulary()[name]]
    out += ["## Python's own", "", ", ".join(f"`{name}`" for name in own) + "."]
    return "\n".join(out)


def conventions_table() -> str:
    out = ["| convention | what it settles | choice | printed with the question |", "|---|---|---|---|"]
    for name, convention in CONVENTIONS.items():
        for i, (choice, sentence) in enumerate(convention.choices.items()):
            head = f"`{name}` | {convention.about}" if i == 0 else " | "
            out.append(f"| {head} | `{choice}`{' (default)' if i == 0 else ''} | {sentence} |")
    return "\n".join(out)


LEARNT = (layers, sequences, generative, learning)

SYSTEMS: dict[str, dict[str, list[str]]] = yaml.safe_load((DOCS / "systems.yaml").read_text(encoding="utf-8"))
"""Every system, by group and name: definitions, worked example, oracle test, what trains it."""


def systems_table() -> str:
    """Return a table for each group of systems: each links to code, example and tests, all of which exist."""
    out: list[str] = []
    for group, systems in SYSTEMS.items():
        out += [
            f"## {group}",
            "",
            "| system | definition | worked example | oracle test | trained |",
            "|---|---|---|---|---|",
        ]
        for system, (definitions, example, test, trained) in systems.items():
            links = ", ".join(_definition(name) for name in definitions.split())
            trains = "–" if trained == "-" else ", ".join(map(_trained, trained.split("; ")))
            out.append(f"| {system} | {links} | {_example(example)} | {_oracle(test)} | {trains} |")
        out.append("")
    return "\n".join(out)


def _definition(name: str) -> str:
    """Return a link to where a public name such as ``nets.LSTM`` is defined."""
    package, _, attribute = name.rpartition(".")
    value = getattr(importlib.import_module(f"tripos.{package}"), attribute)
    file = Path(str(sys.modules[value.__module__].__file__)).relative_to(ROOT)
    return f"[`{name}`](../{file})"


def _example(name: str) -> str:
    assert (ROOT / "examples" / f"{name}.py").exists(), name
    return f"[{name}](../examples/{name}.py)"


def _oracle(test: str) -> str:
    """Return a link to a test such as ``nets/test_linear.py::test_an_affine_map``, which must exist."""
    file, _, function = test.partition("::")
    assert f"def {function}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test
    return f"[{function}](../tests/{file})"


LEARNING = {name: f"nets/train/systems/{Path(m.__file__).name}" for m in LEARNT for name in m.SYSTEMS}
"""Where each system stands that a table of tests trains."""


def _trained(told: str) -> str:
    """Return a link to a recipe, to the table that has a system, or to a test; a remark may follow."""
    name, _, remark = told.partition(" (")
    said = f" ({remark}" if remark else ""
    if "::" in name:
        return _oracle(name) + said
    if name.startswith("recipes/"):
        return _example(name).replace(f"[{name}]", f"[recipe {name[8:]}]") + said
    assert name in LEARNING, f"no system is called {name!r} in tests/nets/train/systems"
    return f"[{name}](../tests/{LEARNING[name]}){said}"


def test_every_system_that_learns_is_trained():
    """Initial weights, measures and what graphs tell have nothing to learn, and neither have ensembles."""
    still = {"Initialisation", "Metrics", "What the graph tells"}
    for group, systems in SYSTEMS.items():
        for system, (*_, trained) in systems.items():
            assert (trained == "-") == (group in still or system.startswith("All 2ⁿ masks")), system


def test_all_that_is_trained_is_a_system():
    named = {
        part.partition(" (")[0]
        for systems in SYSTEMS.values()
        for *_, trained in systems.values()
        for part in trained.split("; ")
    }
    recipes = {f"recipes/{path.stem}" for path in (ROOT / "examples/recipes").glob("[a-z]*.py")}
    assert {*LEARNING, *recipes} <= named, {*LEARNING, *recipes} - named


GENERATED = {
    "vocabulary": vocabulary_table,
    "conventions": conventions_table,
    "systems": systems_table,
    "recipes": promises,
}
_REGION = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def regenerated(text: str) -> str:
    return _REGION.sub(lambda m: f"{m[1]}\n{GENERATED[m[2]]()}\n\n{m[3]}", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_tables_are_what_the_code_says(page):
    text = page.read_text(encoding="utf-8")
    assert text == regenerated(text), REFRESH


def test_every_name_that_a_working_may_use_is_described():
    names = [name for group in groups().values() for name in group]
    assert {"relu", "conv2d", "grad", "Linear", "vary", "max"} <= set(names)
    assert all(len(described(name)[1]) > 5 for name in names)


# -- nothing public is undocumented --------------------------------------------------------------


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_command_and_option_is_documented():
    text = page("commands.md")
    for name, command in get_command(app).commands.items():
        section = re.search(rf"^## tripos {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert section, name
        for parameter in command.params:
            words = parameter.opts if parameter.param_type_name == "option" else [parameter.metavar]
            assert all(f"`{word}" in section[1] or f" {word}" in section[1] for word in words), (name, words)
    for parameter in get_command(app).params:
        assert all(f"`tripos {word}`" in text for word in parameter.opts), parameter.name


def test_every_kind_is_documented():
    for kind in KINDS:
        assert f"## {kind}\n" in page("kinds.md").lower()


def test_every_block_and_convention_is_documented():
    for block in BLOCKS:
        assert f"`{block}`" in page("writing-a-paper.md")
        assert f"```{block}" in page("writing-a-paper.md")
    for name, convention in CONVENTIONS.items():
        assert f"`{name}`" in page("conventions.md")
        for choice in convention.choices:
            assert f"`{choice}`" in page("conventions.md")


def test_the_page_on_ops_is_true():
    text = page("adding-an-op.md")
    assert re.findall(r"^\| `(\w+)", text, re.MULTILINE) == [field.name for field in fields(Op)]
    (example,) = [fence for fence in of("python") if fence.page.name == "adding-an-op.md"]
    record = re.search(r"^\w+: Builder = .*?^\)$", example.text, re.MULTILINE | re.DOTALL)
    (case,) = [fence for fence in fences(DOCS / "adding-an-op.md") if not fence.language]
    files = [
        (ROOT / path).read_text(encoding="utf-8") for path in re.findall(r"`((?:src|tests)/\S+\.py)`", text)
    ]
    assert record
    assert any(record[0] in source for source in files)
    assert any(case.text.strip() in source for source in files)


@pytest.mark.parametrize("source", PAGES, ids=lambda p: p.name)
def test_files_that_are_named_exist(source):
    for name in re.findall(r"`([\w/-]+(?:/|\.py))`", source.read_text(encoding="utf-8")):
        assert any((root / name).exists() for root in (ROOT, ROOT / "src", ROOT / "src/tripos")), name


def test_links_lead_somewhere():
    for source in [*PAGES, ROOT / "CHANGELOG.md"]:
        prose = re.sub(
            r"^(`{3,}).*?^\1`*$", "", source.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
        )
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if not target.startswith("http"):
                assert (source.parent / target.partition("#")[0]).exists(), f"{source.name}: {target}"


def test_the_template_is_without_findings():
    report = check_text(TEMPLATE)
    assert report.diagnostics == []
    assert all(blank.proven for question in report.leaves for blank in question.blanks)


# -- refreshing ----------------------------------------------------------------------------------


def write() -> None:
    """Bring every page up to date."""
    for path in PAGES:
        before = path.read_text(encoding="utf-8")
        rows = before.splitlines()
        for fence in reversed(fences(path)):
            new = fence.text.splitlines()
            if fence.language == "console":
                new = [
                    x for c, old, now in transcripts(path)[fence] for x in (f"$ {c}", *refreshed(old, now))
                ]
            elif fence.language == "text":
                fragments = [f for f in fences(path) if f.language == "markdown" and f.line < fence.line]
                new = findings(fragments[-1]).splitlines()
            rows[fence.line - 1 : fence.line - 1 + fence.text.count("\n")] = new
        after = remarked(regenerated("\n".join(rows)))
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("usage: python tests/test_docs.py --write")
    os.environ["COLUMNS"] = "100"
    write()
