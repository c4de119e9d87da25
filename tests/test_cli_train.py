import json
import subprocess
import sys

import numpy as np
import pytest
from test_cli import run

from tripos.nets.train.built_in import BUILT_IN
from tripos.nets.train.datasets import DATASETS
from tripos.nets.train.recipe import OPTIMIZERS

FAST = ["--backend", "numpy"]
MINE = """
from tripos.nets import MLP, CrossEntropyLoss
from tripos.nets.train import Recipe

def recipe(data):
    return Recipe(MLP([2, 4, data.classes]), CrossEntropyLoss(), epochs=4, batch_size=8)
"""


@pytest.fixture
def mine(tmp_path):
    """Return a recipe and a table for it, which a line divides."""
    recipe, table = tmp_path / "mine.py", tmp_path / "points.csv"
    recipe.write_text(MINE)
    points = np.random.default_rng(0).normal(size=(60, 2)).round(3)
    rows = [f"{a},{b},{'above' if a + b > 0 else 'below'}" for a, b in points]
    table.write_text("\n".join(["a,b,side", *rows]))
    return recipe, table


def test_everything_is_listed():
    output = run("train", "--list").output
    for names in (BUILT_IN, DATASETS, OPTIMIZERS):
        assert all(f"\n  {name} " in output for name in names)


def test_a_built_in_model_takes_data_that_suits_it():
    result = run("train", "logistic", "--epochs", "2", *FAST)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert (
        lines[0]
        == "logistic on breast-cancer, rows: 399 to train on, 85 to choose by, 85 to test on; 2 classes"
    )
    assert lines[1].split() == "epoch loss dev loss dev accuracy".split()
    assert [line.split()[0] for line in lines[2:4]] == ["1", "2"]
    assert lines[4].startswith("2 epochs on numpy in ")
    assert lines[5].startswith("test, with the weights of epoch 2: loss 0.")
    assert "accuracy" in lines[5]


def test_long_tables_are_shortened(mine):
    output = run("train", *mine[:1], "--data", mine[1], "--epochs", "50", *FAST).output
    shown = [line.split()[0] for line in output.splitlines()[2:-2]]
    assert (shown[0], shown[-1]) == ("1", "50")
    assert len(shown) <= 14


def test_a_recipe_and_a_table_of_ones_own_to_weights_a_curve_and_a_history(mine, tmp_path):
    recipe, table = mine
    files = {"history": "new/h.csv", "plot": "c.svg", "save": "w.safetensors"}
    options = [word for flag, name in files.items() for word in (f"--{flag}", tmp_path / name)]
    result = run("train", recipe, "--data", table, *FAST, *options)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "new/h.csv").read_text().startswith("epoch,seconds,loss,dev loss,dev accuracy\n1,")
    assert (tmp_path / "c.svg").read_text().startswith("<?xml")
    from safetensors.numpy import load_file

    shapes = {name: array.shape for name, array in load_file(tmp_path / "w.safetensors").items()}
    assert shapes["layers.1.weight"] == (2, 4)
    for what, name in zip(("history", "curves", "weights"), files.values(), strict=True):
        assert f"{what}: {tmp_path / name}\n" in result.output


def test_json_holds_everything(mine):
    recipe, table = mine
    data = json.loads(run("train", recipe, "--data", table, "--json", *FAST).stdout)
    assert data["rows"] == {"train": 42, "dev": 9, "test": 9}
    assert (data["classes"], data["class_names"]) == (2, ["above", "below"])
    assert [row["epoch"] for row in data["history"]] == [1, 2, 3, 4]
    assert set(data["test"]) == {"loss", "accuracy"}
    assert (data["backend"], data["optimizers"]) == (
        "numpy",
        ["Adam(lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0)"],
    )


def losses(*args):
    result = run("train", *args, "--json", *FAST)
    assert result.exit_code == 0, result.output
    return [row["loss"] for row in json.loads(result.stdout)["history"]]


def test_each_option_has_its_effect(mine):
    given = [mine[0], "--data", mine[1]]
    plain = losses(*given)
    assert losses(*given) == plain
    for option in (
        "--seed 1",
        "--lr 0.1",
        "--optimizer sgd",
        "--batch-size 4",
        "--l2 0.5",
        "--clip-norm 0.01",
    ):
        assert losses(*given, *option.split()) != plain, option
    assert losses(*given, "--epochs", 2) == plain[:2]
    stopped = losses(*given, "--optimizer", "sgd", "--lr", "2", "--epochs", "200", "--patience", "2")
    assert len(stopped) < 200


def test_target_and_classes_of_a_table(mine):
    _, table = mine
    numbers = table.with_name("numbers.csv")
    numbers.write_text("t,a,b\n" + "".join(f"{i % 2},{i % 2},{i}\n" for i in range(20)))
    result = json.loads(
        run("train", "mlp", "--data", numbers, "--target", "t", "--epochs", "1", "--json", *FAST).stdout
    )
    assert result["classes"] == 2
    result = run(
        "train", "mlp", "--data", numbers, "--target", "t", "--classes", "0", "--epochs", "1", "--json", *FAST
    )
    assert json.loads(result.stdout)["classes"] is None


def test_a_run_goes_on_from_its_checkpoint_unless_told_otherwise(mine, tmp_path):
    given = [mine[0], "--data", mine[1], "--checkpoint", tmp_path / "run.safetensors"]
    whole = losses(*given[:3], "--epochs", 4)
    assert losses(*given, "--epochs", 2) == whole[:2]
    assert losses(*given, "--epochs", 4) == whole
    refused = run("train", *given, "--seed", "1", *FAST)
    assert refused.exit_code == 2
    assert "this checkpoint is of another run" in refused.output
    assert "--no-resume" in refused.output
    assert len(losses(*given, "--seed", 1, "--epochs", 1, "--no-resume")) == 1


def test_a_run_that_is_interrupted_says_how_it_goes_on(mine, tmp_path):
    recipe, table = mine
    recipe.write_text(
        MINE.replace("batch_size=8", "batch_size=8, settings={'callbacks': [stop]}")
        + "def stop(moment):\n    if moment.epoch == 3:\n        raise KeyboardInterrupt\n"
    )
    given = [recipe, "--data", table, "--checkpoint", tmp_path / "run.safetensors", *FAST]
    result = run("train", *given)
    assert result.exit_code != 0
    assert f"stopped; the same command goes on from {tmp_path / 'run.safetensors'}" in result.output
    recipe.write_text(MINE)
    assert len(losses(*given)) == 4


# -- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "expected MODEL, such as mlp"),
        (["nlp"], "no model is called 'nlp'; there are softmax"),
        (["mlp", "--data", "digit"], "no data is called 'digit'; there are digits"),
        (["mlp", "--data", "none.csv"], "none.csv: cannot read the data: No such file"),
        (["none.py"], "expected --data for none.py"),
        (["none.py", "--data", "wine"], "none.py: cannot read the recipe: No such file"),
        (["mlp", "--optimizer", "adem"], "no optimizer is called 'adem'; there are sgd"),
        (["mlp", "--backend", "torch"], "error: no backend 'torch'; there are auto, jax, numpy"),
        (["mlp", "--plot", "curve.gif"], "--plot: curves are saved as .svg, .png or .pdf"),
        (
            ["mlp", "--batch-size", "5000"],
            "1,257 rows are fewer than a batch of 5,000; take --batch-size 1257",
        ),
        (["cnn", "--data", "wine"], "cnn: rows of wine have shape 13"),
        (["mlp", "--lr", "0"], "the step size must be above 0"),
        (["mlp", "--epochs", "0"], "0 is not in the range"),
        (["mlp", "--data", "digits", "--target", "x"], "digits: target is for files"),
    ],
)
def test_what_is_refused_is_said_with_status_2(args, message):
    result = run("train", *args, *FAST) if "--backend" not in args else run("train", *args)
    assert result.exit_code == 2
    assert message in result.output


def test_faults_in_tables_and_recipes_come_with_file_and_line(mine):
    recipe, table = mine
    table.write_text("a,b,side\n1,2,above\n1,nan,below\n")
    result = run("train", recipe, "--data", table)
    assert result.exit_code == 2
    assert f"error: {table}:3: the column 'b' holds 'nan'" in result.output
    recipe.write_text("def recipe(data):\n    return data.nothing\n")
    result = run("train", recipe, "--data", "wine")
    assert result.exit_code == 2
    assert f"error: {recipe}:2: AttributeError: 'Data' object has no attribute 'nothing'" in result.output


def test_a_loss_that_diverges_has_status_1_and_leaves_its_history(tmp_path):
    history = tmp_path / "h.csv"
    options = "--optimizer sgd --lr 1e200 --epochs 9".split()
    result = run("train", "mlp", "--data", "diabetes", *options, "--history", history, *FAST)
    assert result.exit_code == 1
    assert "error: the loss is " in result.output
    assert "Try a smaller step size, --clip-norm 1, or inputs scaled" in result.output
    assert history.exists()


def test_what_cannot_be_written_is_said(mine, tmp_path):
    recipe, table = mine
    (tmp_path / "file").write_text("")
    for flag in ("--history", "--save", "--checkpoint", "--plot"):
        result = run("train", recipe, "--data", table, flag, tmp_path / "file" / "x.svg", *FAST)
        assert result.exit_code == 2, flag
        assert str(tmp_path / "file") in result.output


@pytest.mark.parametrize(
    ("missing", "args", "message"),
    [
        ("safetensors", ["--save", "w.safetensors"], "--save needs safetensors: pip install 'tripos[train]'"),
        ("safetensors", ["--checkpoint", "c.safetensors"], "--checkpoint needs safetensors"),
        ("matplotlib", ["--plot", "c.svg"], "--plot needs matplotlib: pip install 'tripos[train]'"),
        ("jax", ["--backend", "jax"], "JAX is not installed: pip install 'tripos[train]'"),
        ("sklearn", ["--data", "wine"], "wine needs scikit-learn: pip install 'tripos[train]'"),
    ],
)
def test_without_the_extra_it_is_said_what_to_install(monkeypatch, mine, missing, args, message):
    monkeypatch.setitem(sys.modules, missing, None)
    data = [] if "--data" in args else ["--data", mine[1]]
    result = run("train", mine[0], *data, *args)
    assert result.exit_code == 2
    assert message in result.output


def test_tables_train_with_nothing_of_the_extra_installed(mine):
    """In a process where the extra is not installed, NumPy does it all."""
    script = (
        "import sys\n"
        "for name in 'jax safetensors sklearn matplotlib scipy'.split():\n    sys.modules[name] = None\n"
        "from typer.testing import CliRunner\nfrom tripos.cli import app\n"
        f"result = CliRunner().invoke(app, ['train', {str(mine[0])!r}, '--data', {str(mine[1])!r}])\n"
        "print(result.output)\nassert result.exit_code == 0, result.exception\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert "4 epochs on numpy" in result.stdout


def test_help_loads_nothing_heavy():
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom tripos.cli import app\n"
        "assert CliRunner().invoke(app, ['train', '--help']).exit_code == 0\n"
        "heavy = 'numpy jax sklearn matplotlib safetensors symengine'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert result.stdout == "[]\n", result.stderr
