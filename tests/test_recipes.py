"""The recipes in examples/recipes: what each says of itself, what it measures, and how they are run."""

import importlib.util
import math
import re
import subprocess
import sys
from functools import cache
from inspect import Parameter, signature
from pathlib import Path
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from tripos.cli import app
from tripos.nets.train import fit, recipe

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "examples" / "recipes"
NAMES = sorted(path.stem for path in RECIPES.glob("*.py") if not path.stem.startswith("_"))


@cache
def read(name):
    """Return a recipe, or the module that runs them, with what lies beside it at hand."""
    spec = importlib.util.spec_from_file_location(f"recipe_{name.strip('_')}", RECIPES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    sys.path.insert(0, str(RECIPES))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(RECIPES))
    return module


def promises():
    """Return the table of docs/training.md: what each recipe trains, on what, and what it promises."""
    rows = ["| recipe | system | data | promise |", "|---|---|---|---|"]
    for name in NAMES:
        module = read(name)
        told = "; ".join(
            f"{measure} {'≥' if sign == '>=' else '≤'} {bound:g}".replace(" -", " −")
            for measure, (sign, bound) in module.PROMISED.items()
        )
        rows.append(f"| [{name}](../examples/recipes/{name}.py) | {module.SYSTEM} | {module.DATA} | {told} |")
    return "\n".join(rows)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_says_what_it_is_and_what_it_promises(name):
    module = read(name)
    assert module.__doc__
    assert module.__doc__.split("\n")[0].endswith((".", ").")), "a sentence says what is to be seen"
    assert all(isinstance(told, str) and told for told in (module.SYSTEM, module.DATA))
    assert module.PROMISED
    for measure, (sign, bound) in module.PROMISED.items():
        assert measure
        assert sign in (">=", "<=")
        assert math.isfinite(bound)
    seed, pictures = signature(module.examine).parameters.values()
    assert (seed.name, seed.default) == ("seed", Parameter.empty)
    assert (pictures.name, pictures.default) == ("pictures", None)


def hurried(model, loss, train, optimizer=None, **told):
    """Train for one epoch on a few rows, instead of as long as a recipe says."""
    told |= {"epochs": 1, "backend": "numpy", "progress": False, "batch_size": 32}
    return fit(model, loss, train.rows(slice(64)), **told | ({"optimizer": optimizer} if optimizer else {}))


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_measures_what_it_promises(name, monkeypatch, tmp_path):
    module = read(name)
    monkeypatch.setattr(recipe, "fit", hurried)
    monkeypatch.setattr(module, "fit", hurried, raising=False)
    found = module.examine(0, tmp_path)
    assert set(module.PROMISED) <= set(found)
    assert all(math.isfinite(value) for value in found.values())
    drawn = bool(list(tmp_path.iterdir()))
    assert drawn == ("if pictures" in (RECIPES / f"{name}.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["perceptron", "softmax_regression"])
def test_a_quick_recipe_keeps_its_promise_and_repeats_itself(name):
    module, holds = read(name), read("__main__").HOLDS
    found = module.examine(1)
    assert found == module.examine(1)
    assert all(holds[sign](found[m], bound) for m, (sign, bound) in module.PROMISED.items())


def test_a_recipe_trains_like_one_of_a_user():
    command = ["train", str(RECIPES / "softmax_regression.py"), "--data", "digits"]
    done = CliRunner().invoke(app, [*command, "--epochs", "2", "--backend", "numpy"])
    assert done.exit_code == 0
    assert "with the weights of epoch 2" in done.output


# -- python examples/recipes -----------------------------------------------------------------------


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(RECIPES), *arguments], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["mlpp", "mlp"], f"no recipe mlpp; there are {', '.join(NAMES)}"),
        (["mlp", "--seeds", "0"], "--seeds must be 1 or more, found 0"),
    ],
)
def test_what_there_is_not_is_refused(arguments, told):
    done = run(*arguments)
    assert done.returncode == 2
    assert not done.stdout
    assert "Traceback" not in done.stderr
    assert told in " ".join(done.stderr.split())


class Broken:
    """A recipe of two promises, the first of which depends on the seed."""

    SYSTEM, DATA = "coin", "throws"
    PROMISED: ClassVar = {"heads": (">=", 0.5), "edges": ("<=", 0.1)}

    @staticmethod
    def examine(seed, pictures=None):
        return {"heads": 0.4 + 0.2 * seed, "edges": 0.0, "told only": 3.0}


@pytest.mark.parametrize(("least", "code"), [(0.3, 0), (0.5, 1)])
def test_a_promise_that_one_seed_breaks_is_broken(least, code, monkeypatch, capsys):
    runner = read("__main__")
    monkeypatch.setitem(Broken.PROMISED, "heads", (">=", least))
    monkeypatch.setattr(runner, "recipes", lambda: ["coin"])
    monkeypatch.setitem(sys.modules, "coin", Broken)
    monkeypatch.setattr(sys, "argv", ["recipes", "--seeds", "2"])
    assert runner.main() == code
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[-1] for row in rows[:2]] == ["BROKEN" if code else "kept", "kept"]
    assert re.search(r"heads +0\.4 +>= 0\.[35]", rows[0])
    assert "told only" in rows[2]
