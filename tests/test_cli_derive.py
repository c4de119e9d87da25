"""The command ``tripos derive``."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tripos.cli import app


def run(*args):
    """Run the command in this process; whatever it is, it leaves no exception behind."""
    result = CliRunner().invoke(app, ["derive", *args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


LOGISTIC = ("-log(sigmoid(w @ x + b))", "--wrt", "w,b", "--shape", "w=d,x=d")


def test_a_derivation():
    result = run(*LOGISTIC)
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "∂L/∂z = σ(z) − 1 scalar chain rule through log sigmoid" in lines
    assert "∂L/∂w = ∂L/∂z · x d chain rule through the product" in lines
    assert "= (σ(wᵀ x + b) − 1) x" in lines
    assert lines[-1] == "Agrees with finite differences at 12 random points with d = 3."


def test_statements_sizes_and_a_label():
    formula = "z = W @ x + c; h = tanh(z); -log(softmax(V @ h)[y])"
    result = run(formula, "--wrt", "V", "--wrt", "W", "--shape", "W=mxd,x=d,c=m", "--shape", "V=k×m")
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    assert "h = tanh(z) m" in text
    assert "∂L/∂V = ∂L/∂z₁ · hᵀ k×m" in text
    assert "= (p − e_y) hᵀ" in text
    assert "∂L/∂z = ∂L/∂h ⊙ (1 − h²) m" in text


def test_a_domain():
    result = run("-(y @ log(softmax(z)))", "--wrt", "z", "--shape", "z=k,y=k", "--domain", "y=distribution")
    assert "∂L/∂z = softmax(z) − y" in result.output


def test_in_full():
    formula = "f = sigmoid(a*x); g = f*(1-f); tanh(g*c)*g/(c + f*g)*x"
    short, full = (run(formula, "--wrt", "a", *more).output for more in ([], ["--full"]))
    assert full.count("\n") > short.count("\n")


def test_latex():
    result = run(*LOGISTIC, "--latex")
    assert result.output.startswith("\\begin{align*}\n")
    assert r"\frac{\partial L}{\partial b} &= \frac{\partial L}{\partial z}" in result.output


def test_json():
    data = json.loads(run(*LOGISTIC, "--json").output)
    assert [line["name"]["text"] for line in data["lines"]] == ["z", "L", "∂L/∂z", "∂L/∂w", "∂L/∂b"]
    assert data["agreement"]["points"] == 12


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["w @", "--wrt", "w"], "error: not an expression"),
        (["sigmod(w)", "--wrt", "w"], "did you mean 'sigmoid'?"),
        (["w", "--wrt", "v"], "no name 'v' in the formula"),
        (["3", "--wrt", "w"], "no name 'w' in the formula; it has no names"),
        (["w", "--wrt", "w"], "w stands alone; write a formula, such as w**2"),
        (["2*pi*w", "--wrt", "w"], "found a function; write its arguments as well, as in pi() or log(x)"),
        (["u = v; w", "--wrt", "v"], "the formula does not depend on v; it depends on w"),
        (["w", "--wrt", "w", "--shape", "w=3"], "only a scalar has a gradient, found shape 3; sum it"),
        (["w", "--wrt", "w", "--shape", "w"], "a shape is written as in W=kxd,x=d"),
        (["w", "--wrt", "w", "--domain", "w=odd"], "domain of w: no 'odd'; there are real"),
        (["x[y]", "--wrt", "y", "--shape", "x=k"], "y is a position"),
        (["W @ x", "--wrt", "x", "--shape", "W=kxd,x=m"], "axis j is d in one and m in another"),
        (["__import__('os').system('ls')", "--wrt", "w"], "error:"),
        (["argmax(w)", "--wrt", "w", "--shape", "w=3"], "grad: argmax has no derivative"),
        (["sum(kl_categorical(p, q))", "--wrt", "p"], "error:"),
    ],
)
def test_bad_input_is_an_error_with_a_remedy(args, message):
    result = run(*args)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize(
    "args", [["w"], ["--wrt", "w"], ["w", "--wrt", "w", "--latexx"], ["w", "--wrt", "w", "--timeout", "0"]]
)
def test_wrong_usage_is_an_error(args):
    assert run(*args).exit_code == 2


def test_what_takes_too_long_is_stopped():
    """In a process of its own: what pytest's plugins do while garbage is collected swallows the alarm."""
    formula = "; ".join(["u0 = a", *(f"u{i} = u{i - 1} * u{i - 1} + a" for i in range(1, 190))])
    command = [sys.executable, "-m", "tripos", "derive", formula, "--wrt", "a", "--timeout", "0.2"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "took longer than 0.2 s" in done.stderr


def test_help_needs_no_heavy_library():
    code = (
        "import sys; from tripos.cli import app\n"
        "try: app(['derive', '--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'symengine', 'flint', 'jax') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "--wrt" in done.stdout
