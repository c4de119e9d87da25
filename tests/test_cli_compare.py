"""The command ``tripos compare``."""

import json

import pytest
from typer.testing import CliRunner

from tripos.cli import app


def run(*args, **more):
    """Run the command in this process; whatever it is, it leaves no exception behind."""
    result = CliRunner().invoke(app, ["compare", *args], **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def test_right():
    result = run(r"(p-y)h^\top", "ph^T - y h^T", "--names", "p: k, y: k, h: d")
    assert result.exit_code == 0
    assert result.output.startswith("right: equal in exact arithmetic")
    assert "understood: " in result.output
    assert "bound: wrong by a chance of" in result.output


def test_wrong_with_a_witness():
    result = run("-x", "-2x", "--names", "x")
    assert result.exit_code == 1
    assert "wrong: the answer and the key differ" in result.output
    assert "witness: at x = " in result.output


def test_unread_with_the_place():
    result = run("x", "x +", "--names", "x")
    assert result.exit_code == 1
    assert result.output.startswith("unread: ")


def test_json():
    data = json.loads(run("x", "2x", "--names", "x", "--json").output)
    assert data["verdict"] == "wrong"
    assert data["witness"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "expected KEY and ANSWER"),
        (("x",), "expected KEY and ANSWER"),
        (("(", "x"), "the key cannot be read: "),
        (("x", "x", "--names", "x: q r s"), "expected a shape"),
        (("x", "x", "--batch", "f.jsonl"), "leave out KEY"),
        (("--batch", "absent.jsonl"), "cannot open absent.jsonl"),
    ],
)
def test_errors_say_what_to_do(args, said):
    result = run(*args)
    assert result.exit_code == 2
    assert said in result.output


LINES = [
    json.dumps({"reference": "x", "answer": "x", "vars": {"x": {}}, "id": 1}),
    "no json",
    json.dumps({"reference": "x", "answer": "y", "vars": {"x": {}}}),
]


def test_a_batch(tmp_path):
    source, target = tmp_path / "pairs.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(LINES), encoding="utf-8")
    result = run("--batch", str(source), "-o", str(target))
    assert result.exit_code == 1
    assert f"{source}:2: line 2 is no JSON" in result.output
    found = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [entry.get("verdict") for entry in found] == ["right", None, "unread"]
    assert found[0]["id"] == 1
    assert found[1]["line"] == 2


def test_a_batch_from_standard_input():
    result = run("--batch", "-", input=LINES[0] + "\n")
    assert result.exit_code == 0
    assert json.loads(result.output)["verdict"] == "right"
