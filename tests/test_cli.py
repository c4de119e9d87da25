import errno
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from paper.small import fence
from typer.testing import CliRunner

import tripos
from tripos.cli import app, main

FINAL = Path(__file__).parents[1] / "papers" / "final-2022.md"
GOOD = "[[y]]\n" + fence("working", "y = constant(1) + 1")
BAD = "[[z]]\n" + fence("working", "z = 1 / 0")


def run(*args):
    """Run a command in this process; whatever it is, it leaves no exception behind."""
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def paper(tmp_path):
    """Return a small paper whose second question fails."""
    file = tmp_path / "paper.md"
    file.write_text(
        f"---\ntitle: T\npoints: 2\n---\n## A {{points=1}}\n{GOOD}## B {{points=1}}\n{BAD}", encoding="utf-8"
    )
    return file


@pytest.fixture
def good(tmp_path):
    """Return a small paper in which nothing is wrong."""
    file = tmp_path / "good.md"
    file.write_text(f"---\ntitle: T\npoints: 1\n---\n## A {{points=1}}\n{GOOD}", encoding="utf-8")
    return file


# -- help --


def test_version():
    result = run("--version")
    assert (result.exit_code, result.output) == (0, f"tripos {tripos.__version__}\n")


def test_help_lists_the_commands():
    output = run("--help").output
    assert all(re.search(rf"\b{command}\b", output) for command in ("check", "solve", "sizes", "new"))


@pytest.mark.parametrize("command", ["check", "solve", "sizes", "new"])
def test_every_command_has_help(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["marc"],
        ["check"],
        ["solve"],
        ["solve", "a.md", "--format", "tex"],
        ["check", "--timeout", "0", "a.md"],
        ["sizes"],
        ["sizes", "ReLU()"],
        ["sizes", "ReLU()", "--input", "3", "--depth", "-1"],
    ],
)
def test_wrong_usage_is_said_and_is_an_error(args):
    result = run(*args)
    assert result.exit_code == 2
    assert result.output


def test_help_and_version_load_no_heavy_library():
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom tripos.cli import app\n"
        "for args in (['--help'], ['--version']):\n    assert CliRunner().invoke(app, args).exit_code == 0\n"
        "heavy = 'numpy symengine sympy flint scipy jax markdown_it yaml latex2mathml pylatexenc'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout == "[]\n"


# -- check --


def test_the_final_checks_with_its_erratum_and_its_notes():
    result = run("check", FINAL)
    assert result.exit_code == 0
    (erratum,) = re.findall(r":\d+: erratum: .*\n(?:    .*\n)*", result.output)
    assert "the published key of b_new is wrong\n    found:    5.5\n    expected: −9/2\n" in erratum
    assert len(re.findall(r":\d+: note: .*\n(?!    )", result.output)) == 5  # a line each
    assert "19 questions, 100 points" in result.output
    assert "0 errors, 0 warnings, 1 erratum, 5 notes on the source\n" in result.output


def test_without_the_attribute_the_erratum_is_an_error_at_its_line(tmp_path):
    text = re.sub(r" \{erratum=.*\}", "", FINAL.read_text(encoding="utf-8"))
    file = tmp_path / "final.md"
    file.write_text(text, encoding="utf-8")
    result = run("check", file)
    line = text.splitlines().index("b_new = 5.5") + 1
    assert result.exit_code == 1
    assert f"{file}:{line}: error: the published key of b_new is not what the graph says" in result.output


def test_errors_are_found_in_one_run_and_the_status_is_one(paper, good):
    result = run("check", paper, good)
    assert result.exit_code == 1
    assert f"{paper}:13: error: division of 1 by zero" in result.output
    assert f"{good}: 1 question, 1 point; 1 of 1 key computed and proven; 0 errors" in result.output


def test_json_is_json(good, paper):
    result = run("check", "--json", good)
    assert result.exit_code == 0
    (question,) = json.loads(result.stdout)["questions"]
    assert question["blanks"][0]["key"]["text"] == "2"
    result = run("check", "--json", paper)
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert data["ok"] is False
    assert {"severity": "error", "line": 13}.items() <= next(
        d for d in data["diagnostics"] if d["line"] == 13
    ).items()
    assert [d["ok"] for d in json.loads(run("check", "--json", good, paper).stdout)] == [True, False]


def test_the_time_for_a_question_can_be_set(tmp_path):
    file = tmp_path / "loop.md"
    loop = fence("working", "y = 1\nwhile True:\n    z = 1")
    file.write_text(f"---\ntitle: T\n---\n## A {{points=1}}\n[[y]]\n{loop}", encoding="utf-8")
    result = run("check", "--timeout", "0.3", file)
    assert result.exit_code == 1
    assert "took longer than 0.3 s" in result.output


# -- solve --


@pytest.mark.parametrize(
    ("format", "line"),
    [
        ("terminal", "b_new = b_out − η · ∂L/∂b_out = −5 − (−1/2) = −9/2"),
        (
            "markdown",
            r"= -5 - \left(-\frac{1}{2}\right) = -\frac{9}{2}$$",
        ),
        ("html", "<math"),
    ],
)
def test_a_question_is_solved_in_each_format(format, line, tmp_path):
    result = run("solve", FINAL, "-q", "sgd", "-f", format)
    assert result.exit_code == 0
    assert line in re.sub(" +", " ", result.output)
    out = tmp_path / "out"
    again = run("solve", FINAL, "-q", "sgd", "-f", format, "-o", out)
    assert again.exit_code == 0
    assert out.read_text(encoding="utf-8") == result.output


def test_one_blank_is_solved():
    result = run("solve", FINAL, "-q", "sgd", "-b", "b_new")
    assert result.exit_code == 0
    assert "−9/2" in result.output
    assert "w_new" not in result.output


@pytest.mark.parametrize(
    ("args", "message"),
    [(["-q", "sdg"], "did you mean 'sgd'?"), (["-b", "b_now"], "did you mean 'b_new'?")],
)
def test_what_is_not_there_is_said_with_the_nearest_name(args, message):
    result = run("solve", FINAL, *args)
    assert result.exit_code not in (0, None)
    assert message in result.output


def test_nothing_is_printed_of_a_question_with_errors(paper):
    result = run("solve", paper, "-q", "b")
    assert (result.exit_code, result.stdout) == (1, "")
    assert ":13: error: division of 1 by zero" in result.stderr
    result = run("solve", paper)
    assert (result.exit_code, result.stdout) == (1, "")


def test_other_questions_are_still_printed(paper):
    result = run("solve", paper, "-q", "a")
    assert result.exit_code == 0
    assert "y = 1 + 1 = 2" in re.sub(" +", " ", result.stdout)


# -- sizes --

ALEX = "Sequential(Conv2d(3, 96, 11, stride=4), ReLU(), MaxPool2d(3, 2))"


def test_sizes():
    output = run("sizes", ALEX, "--input", "3x223x223").output
    assert re.search(r"0: Conv2d\(3, 96, 11, stride=4\) +96×54×54 +34,944 +101,616,768 .* 11×11 +4\n", output)
    assert re.search(r"Parameters +34,944", output)


def test_sizes_as_data_and_in_latex():
    data = json.loads(run("sizes", ALEX, "--input", "3x223x223", "--json").output)
    assert data["totals"]["macs"] == 101_616_768
    assert run("sizes", ALEX, "-i", "3x223x223", "--latex").output.startswith(r"\begin{tabular}")


def test_symbolic_sizes_and_several_inputs():
    assert re.search(r"Parameters +d k \+ k ", run("sizes", "Linear(d, k)", "-i", "nxd").output)
    output = run("sizes", "MultiheadAttention(8, 2)", "-i", "mx8", "-i", "nx8", "-i", "nx8").output
    assert re.search(r"MACs +16m n \+ 128m \+ 128n\n", output)  # two of four projections are of m tokens


def test_depth_and_training():
    system = "Sequential(Sequential(Linear(4, 4), Dropout()), Linear(4, 4))"
    assert "Dropout" not in run("sizes", system, "-i", "4", "--depth", "1").output
    still, moving = (run("sizes", system, "-i", "4", *more).output for more in ([], ["--train"]))
    assert still != moving


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        (
            ["Conv2D(3, 96, 11)", "-i", "3x9x9"],
            ["no layer or function 'Conv2D'; did you mean 'Conv2d'?", "    Conv2D(3, 96, 11)", "    ^^^^^^"],
        ),
        (
            ["Linear(3, 4", "-i", "3"],
            ["not an expression: '(' was never closed", "    Linear(3, 4", " " * 10 + "^"],
        ),
        (["ReLU", "-i", "3"], ["expected a layer, such as Linear(9, 4), found ReLU without its arguments"]),
        (["ReLU()", "-i", "3x"], ["a size is missing; write a shape as 3x223x223", "    3x", "      ^"]),
        (
            ["ReLU()", "-i", "-3"],
            ["a size is a positive whole number or a letter, found -3", "    -3", "    ^^"],
        ),
        (
            ["Linear(3, 4)", "-i", "5"],
            ["Linear: the input has shape 5, but the last axis must have in_features"],
        ),
        (["Linear(9**9**9, 4)", "-i", "5"], ["9 ** 387420489 has more than 10000 bits"]),
        (
            ["ResidualMLP(4, 10**6)", "-i", "4"],
            ["ResidualMLP: depth is a whole number from 1 to 10,000, found 1000000"],
        ),
        (["__import__('os').system('echo')", "-i", "4"], ["only names and layers are called"]),
        (["\udcff()", "-i", "4"], ["no character U+DCFF is allowed"]),
    ],
)
def test_what_cannot_be_sized_is_said_with_its_place(args, lines):
    result = run("sizes", *args)
    assert result.exit_code == 2
    found = result.output.splitlines()
    assert found[0].startswith("error: ")
    for line, expected in zip(found, lines, strict=False):
        assert line.removeprefix("error: ").startswith(expected)


def test_sizes_stop_in_time():
    result = run("sizes", "ResidualMLP(4, 10000)", "-i", "4", "--timeout", "0.2")
    assert result.exit_code == 2
    assert "the sizes took longer than 0.2 s" in result.output


# -- new --


def test_a_new_paper_passes_check_and_is_not_overwritten(tmp_path):
    file = tmp_path / "new.md"
    assert run("new", file).exit_code == 0
    result = run("check", file)
    assert result.exit_code == 0
    assert "0 errors, 0 warnings" in result.output
    written = file.read_text(encoding="utf-8")
    file.write_text("mine", encoding="utf-8")
    refused = run("new", file)
    assert refused.exit_code not in (0, None)
    assert "exists" in refused.output
    assert file.read_text(encoding="utf-8") == "mine"
    assert run("new", file, "--force").exit_code == 0
    assert file.read_text(encoding="utf-8") == written


# -- files --


@pytest.mark.parametrize("command", ["check", "solve"])
@pytest.mark.parametrize("name", ["missing.md", "."])
def test_files_that_cannot_be_read_are_an_error_with_their_place(tmp_path, command, name):
    path = tmp_path / name
    result = run(command, path)
    assert result.exit_code == 1
    assert f"{path}:1: error: cannot read the paper" in result.output


@pytest.mark.parametrize("command", [("solve", FINAL, "-q", "sgd", "-o"), ("new",)])
@pytest.mark.parametrize("name", ["missing/out.md", "."])
def test_files_that_cannot_be_written_are_an_error(tmp_path, command, name):
    result = run(*command, tmp_path / name)
    assert result.exit_code not in (0, None)
    assert str(tmp_path) in result.output


def test_the_program_runs_as_a_module_and_prints_unicode_where_the_locale_is_poor(good):
    result = subprocess.run(
        [sys.executable, "-m", "tripos", "solve", str(good)],
        capture_output=True,
        timeout=60,
        env={"LC_ALL": "C", "PATH": ""},
    )
    assert result.returncode == 0, result.stderr
    assert b"Traceback" not in result.stderr


def test_a_closed_pipe_is_no_traceback():
    command = f"'{sys.executable}' -m tripos solve '{FINAL}' | head -n 1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert "Deep Learning" in result.stdout
    assert result.stderr == ""


def test_a_full_disk_is_told_with_what_to_do(monkeypatch, capsys):
    def full():
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tripos.cli.app", full)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("error: No space left on device\n    help:     make room")


# -- streams and covers --


STREAMS = (
    "---\ntitle: Two years\naids: notes\nstreams: {M1: 1, M2: 3}\n---\n\n"
    f"## A {{points=1}}\n\n{GOOD}\n## B {{points=2 stream=M2}}\n\n{GOOD}"
)


@pytest.fixture
def streams(tmp_path):
    """Return a paper for two streams."""
    file = tmp_path / "streams.md"
    file.write_text(STREAMS, encoding="utf-8")
    return file


def test_check_counts_the_points_of_each_stream(streams):
    assert ": 2 questions, 3 points (M1 1, M2 3); 2 of 2 keys" in run("check", streams).output
    data = json.loads(run("check", "--json", streams).output)
    assert (data["points"], data["streams"]) == (3, {"M1": 1, "M2": 3})


@pytest.mark.parametrize("format", ["terminal", "markdown", "html"])
def test_solve_prints_a_cover_and_one_stream(streams, format):
    output = run("solve", "--cover", "--stream", "M1", "-f", format, streams).output
    assert "Allowed aids" in output
    assert "1 point for M1" in output
    assert "B" not in re.findall(r"\b[AB]\b", output)
    whole = run("solve", "-f", format, streams).output
    assert "for M2 only" in whole
    assert "Allowed aids" not in whole


def test_solve_knows_its_streams(streams, good):
    assert "no stream is called 'M3'; known are M1, M2" in run("solve", "--stream", "M3", streams).output
    assert "the paper has no streams" in run("solve", "--stream", "M3", good).output


def test_solve_prints_a_paper_in_one_of_its_languages(tmp_path, good):
    file = tmp_path / "two.md"
    head = '---\ntitle: T\nlanguages: [en, fr]\n---\n\n## Rate {points=1 fr="Pas"}\n\n'
    texts = "```text {lang=en}\nOne step:\n```\n\n```text {lang=fr}\nUn pas :\n```\n\n"
    file.write_text(head + texts + GOOD, encoding="utf-8")
    french = run("solve", "--language", "fr", "-f", "html", file).output
    assert '<html lang="fr">' in french
    assert "Un pas" in french
    assert "Pas</span>" in french
    assert "One step" not in french
    assert "Un pas" not in run("solve", file).output
    assert "the paper is not in 'de'; it is in en, fr" in run("solve", "--language", "de", file).output
    assert run("solve", "--language", "fr", good).exit_code == 2
