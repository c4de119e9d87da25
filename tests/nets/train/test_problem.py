import pytest

from tripos import graph, nets
from tripos.graph import GraphError
from tripos.nets.train.problem import Limits, Player, build, loss_names, positions

MODEL = nets.Linear(3, 2)
SHAPES = {"x": (3,), "t": ()}


def built(loss, model=MODEL, shapes=SHAPES, **player):
    return build(model, [Player(loss, nets.SGD(lr=0.1), **player)], shapes, 4, Limits())


def test_noise_is_what_is_neither_weight_nor_column():
    epsilon = graph.symbol("epsilon", 3, "normal")
    dropped = nets.Sequential(nets.Dropout(0.25), MODEL)
    loss = nets.CrossEntropyLoss()
    problem = built(lambda w, x, t: loss(dropped(x + epsilon, weights=w), t), dropped)
    found = {one.domain: (one.symbol.shape, one.keep) for one in problem.noise}
    assert found == {"normal": ((3,), 0.5), "bit": ((3,), 0.75)}


def test_what_is_noise_or_a_weight_is_told():
    loss = nets.CrossEntropyLoss()
    foreign = graph.symbol("y", 2)
    with pytest.raises(
        GraphError, match="the loss holds the symbol y, which is neither a weight of the model"
    ):
        built(lambda w, x, t: loss(MODEL(x, weights=w) + foreign, t))
    other = nets.Linear(2, 2)
    with pytest.raises(GraphError, match=r"a model in a loss is given its weights: model\(x, weights=w\)"):
        built(lambda w, x, t: loss(other(MODEL(x, weights=w)), t))


def test_a_loss_that_is_no_single_number_is_told():
    with pytest.raises(
        GraphError, match="the loss of an example must be one number, found shape 2; take its"
    ):
        built(lambda w, x, t: MODEL(x, weights=w))
    with pytest.raises(GraphError, match="a loss is a node that is built from its arguments, found 'low'"):
        built(lambda w, x, t: "low")
    normed = nets.Sequential(nets.BatchNorm1d(3), MODEL)
    with pytest.raises(
        GraphError, match=r"of a batch \(the model needs its rows together, as batch norm does\) must be one"
    ):
        built(lambda w, x, t: normed(x, weights=w)[:, 0], normed)


def test_a_player_without_weights_is_told():
    with pytest.raises(GraphError, match="no weight begins with 'generator'; there are weight, bias"):
        built(nets.CrossEntropyLoss(), weights="generator")


def test_columns_that_hold_classes_and_ids_are_known():
    table = nets.Sequential(nets.Embedding(7, 3), MODEL)
    shapes = {"ids": (5,), "t": (5,)}
    assert positions(built(nets.CrossEntropyLoss(), table, shapes)) == {"ids": 7, "t": 2}
    loss = nets.CrossEntropyLoss()
    later = built(lambda w, x, t: loss(table(x[:-1], weights=w), t[1:]), table, shapes)
    assert positions(later) == {"ids": 7, "t": 2}


def test_running_statistics_follow_whatever_the_loss_calls():
    """Two parts with a batch norm each, neither of which is called by the model itself."""
    pair = nets.GAN(nets.Sequential(nets.BatchNorm1d(2), nets.Linear(2, 3)), nets.Linear(3, 1))
    noise = graph.symbol("z", (4, 2), "normal")
    problem = built(lambda w, x: pair.non_saturating_loss(noise, weights=w), pair, {"x": (3,)})
    kept = ("running_mean", "running_var", "num_batches_tracked")
    assert list(problem.buffers) == [f"generator.0.{name}" for name in kept]
    assert [one.symbol.name for one in problem.noise] == ["z"]


@pytest.mark.parametrize("value", [-1, "much", True, float("nan")])
def test_limits_that_make_no_sense_are_told(value):
    with pytest.raises(GraphError, match="clip_norm must be a number of 0 or more, found"):
        Limits(clip_norm=value)


def test_names_of_losses():
    players = [Player(abs, weights=name) for name in ("", "generator", "", "generator")]
    assert loss_names(players) == ["loss", "generator loss", "loss 2", "generator loss 2"]
