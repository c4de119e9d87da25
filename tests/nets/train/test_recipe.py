import numpy as np
import pytest

from tripos import nets
from tripos.graph import vector
from tripos.nets.train import Data, Player, Recipe, RecipeError
from tripos.nets.train.recipe import OPTIMIZERS, chosen, read_recipe, running

model, ONES = nets.Linear(2, 2), vector(1, 1)
GATE = Data({"x": [[0, 0], [0, 1], [1, 0], [1, 1]], "t": [0, 1, 1, 1]}, 2)
HEAD = "from tripos.nets import MLP, CrossEntropyLoss\nfrom tripos.nets.train import Recipe\n"
WHOLE = (
    HEAD + "def recipe(data):\n    return Recipe(MLP([2, 3, data.classes]), CrossEntropyLoss(), epochs=3)\n"
)


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a recipe and returns its path."""

    def write(text):
        path = tmp_path / "mine.py"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# -- recipes -----------------------------------------------------------------------------------------


def test_a_recipe_trains_its_model_as_it_says_and_overrides_differ():
    recipe = Recipe(nets.Linear(2, 2), nets.CrossEntropyLoss(), nets.SGD(lr=1), 3, 4, {"seed": 5})
    run = recipe.fit(GATE, backend="numpy")
    same = recipe.fit(GATE, backend="numpy", epochs=3, seed=5)
    assert len(run.history) == 3
    assert run.history["loss"] == same.history["loss"]
    other = recipe.fit(GATE, backend="numpy", epochs=2, seed=6)
    assert len(other.history) == 2
    assert other.history["loss"] != run.history["loss"][:2]


def test_few_rows_are_one_batch():
    run = Recipe(nets.Linear(2, 2), nets.CrossEntropyLoss(), epochs=1, batch_size=32).fit(
        GATE, backend="numpy"
    )
    assert np.isfinite(run.history["loss"][0])


@pytest.mark.parametrize(
    "loss", [lambda w, x: (model(x, weights=w) ** 2) @ ONES, lambda w, *row: (row[0] @ ONES) ** 2]
)
def test_a_loss_may_take_fewer_columns_than_there_are(loss):
    for given in (loss, [Player(loss)]):
        run = Recipe(model, given, epochs=2).fit(GATE, GATE, backend="numpy")
        assert run.evaluate(GATE) == {"loss": run.history["dev loss"][-1]}


@pytest.mark.parametrize("loss", [lambda w, x, t, z: x @ x, lambda w: 1])
def test_a_loss_that_takes_other_columns_is_refused(loss):
    with pytest.raises(RecipeError, match=r"the loss takes \(w.*\), but a row has the columns x, t"):
        Recipe(model, loss, epochs=1).fit(GATE, backend="numpy")


def test_optimizers_by_name_and_step_sizes():
    recipe = Recipe(nets.Linear(2, 2), nets.CrossEntropyLoss())
    assert chosen(recipe, None, None) is recipe
    assert chosen(recipe, None, 0.5).optimizer == nets.Adam(lr=0.5)
    assert chosen(recipe, "nesterov", 0.5).optimizer == nets.SGD(lr=0.5, momentum=0.9, nesterov=True)
    for name, optimizer in OPTIMIZERS.items():
        assert chosen(recipe, name, None).optimizer == optimizer
        loss = chosen(recipe, name, None).fit(GATE, epochs=30, backend="numpy").history["loss"]
        assert loss[-1] < loss[0]


@pytest.mark.parametrize(
    ("name", "lr", "message"),
    [
        ("adem", None, "no optimizer is called 'adem'; there are sgd, momentum"),
        (None, -1, "above 0, found -1"),
    ],
)
def test_optimizers_that_there_are_not(name, lr, message):
    with pytest.raises(RecipeError, match=message):
        chosen(Recipe(nets.Linear(2, 2), nets.CrossEntropyLoss()), name, lr)


def test_players_keep_their_own_optimizers():
    recipe = Recipe(nets.Linear(2, 2), [Player(nets.CrossEntropyLoss())])
    assert chosen(recipe, None, None) is recipe
    with pytest.raises(RecipeError, match="each player of this recipe has an optimizer of its own"):
        chosen(recipe, "sgd", None)


# -- files -------------------------------------------------------------------------------------------


def test_a_file_is_read_and_made_for_data(file):
    found = read_recipe(file(WHOLE))(GATE)
    assert found.model == nets.MLP([2, 3, 2])
    assert len(found.fit(GATE, backend="numpy").history) == 3


def test_a_file_may_define_modules_and_import_what_lies_beside_it(file, tmp_path):
    (tmp_path / "beside_it.py").write_text("WIDTH = 7\n")
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "from tripos.nets import Linear, MSELoss\nfrom tripos.nets.module import Module, Weights\n"
        "from tripos.graph import Node\nfrom tripos.nets.train import Recipe\nfrom beside_it import WIDTH\n"
        "@dataclass(frozen=True)\nclass Twice(Module):\n    inner: Module\n"
        "    def forward(self, w: Weights, x: Node) -> Node:\n"
        "        return 2 * self.inner(x, weights=w['inner'])\n"
        "def recipe(data):\n    return Recipe(Twice(Linear(2, WIDTH)), MSELoss())\n"
    )
    assert read_recipe(file(text))(GATE).model.inner == nets.Linear(2, 7)


def test_annotations_of_a_file_are_its_own_affair(file):
    assert read_recipe(file(WHOLE + "def f(x: int): ...\nassert f.__annotations__ == {'x': int}\n"))(GATE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "it defines no function `recipe`; expected: def recipe(data)"),
        ("recipe = 1\n", "it defines no function `recipe`"),
        ("\nx = = 1\n", ":2: this is not Python: invalid syntax"),
        ("import missing_module_of_mine\n", ":1: ModuleNotFoundError: No module named"),
        ("\n\n1 / 0\n", ":3: ZeroDivisionError: division by zero"),
        ("raise SystemExit\n", ":1: SystemExit"),
        ("def recipe():\n    pass\n", ":1: `recipe` takes one argument, the training data"),
        ("\ndef recipe(data):\n    pass\n", ":2: `recipe` returned nothing, where Recipe(model, loss)"),
        ("def recipe(data):\n    return 5\n", ":1: `recipe` returned int, where"),
        ("def recipe(data):\n    x = 1\n    return data.colums\n", ":3: AttributeError:"),
        (
            "from tripos.nets import MLP\ndef recipe(data):\n    return MLP(5)\n",
            ":3: MLP: expected the sizes",
        ),
        (b"x = '\xff'\n", "this is not Python"),
        (b"\x00", "not Python"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(file, text, message):
    path = file(text)
    with pytest.raises(RecipeError) as error:
        read_recipe(path)(GATE)
    assert str(error.value).startswith(f"{path}:")
    assert message in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RecipeError, match="cannot read the recipe: No such file"):
        read_recipe(tmp_path / "none.py")


def test_a_fault_inside_a_loss_is_told_while_training(file):
    path = file(
        "from tripos.nets import Linear\nfrom tripos.nets.train import Recipe\ndef recipe(data):\n"
        "    def loss(w, x, t):\n        return x.nothing\n    return Recipe(Linear(2, 2), loss)\n"
    )
    found = read_recipe(path)(GATE)
    with pytest.raises(RecipeError, match=r"mine\.py:5: AttributeError: "), running(path):
        found.fit(GATE, backend="numpy")
    with pytest.raises(ZeroDivisionError), running(path):
        raise ZeroDivisionError


def test_functions_that_are_called_otherwise_are_told(file):
    path = file(WHOLE.replace("epochs=3", "epochs=3, settings={'callbacks': [lambda: None]}"))
    found = read_recipe(path)(GATE)
    message = r"mine\.py: a function of this recipe is called otherwise: .* takes 0 positional arguments"
    with pytest.raises(RecipeError, match=message), running(path):
        found.fit(GATE, backend="numpy")
