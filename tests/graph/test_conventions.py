import pytest

from tripos.graph import CONVENTIONS, GraphError, convention, declared


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_first_choice_is_the_default(name):
    first, *others = CONVENTIONS[name].choices
    assert convention(name) == CONVENTIONS[name].default == first
    assert others


def test_a_declared_choice_is_in_force_inside_only():
    with declared({"half": "with 1/2"}):
        assert convention("half") == "with 1/2"
        assert convention("mean") == "over N"
    assert convention("half") == "without 1/2"


def test_what_was_asked_for_is_remembered_with_defaults_and_nothing_else():
    with declared({"half": "with 1/2", "log": "2"}) as state:
        convention("half")
        convention("bias")
    convention("mean")
    assert state.used == {"half", "bias"}


def test_inner_declarations_replace_outer_ones_and_give_them_back():
    with declared({"log": "2"}) as outer:
        with declared({}) as inner:
            assert convention("log") == "e"
        assert convention("log") == "2"
    assert (outer.used, inner.used) == ({"log"}, {"log"})


def test_a_declaration_ends_with_an_error():
    with pytest.raises(RuntimeError), declared({"log": "2"}):
        raise RuntimeError
    assert convention("log") == "e"


def test_an_unknown_convention_is_an_error():
    with pytest.raises(GraphError, match="no convention 'colour'; there are bias, "):
        convention("colour")
    with pytest.raises(GraphError, match="no convention 'colour'"), declared({"colour": "red"}):
        pass
    with (
        pytest.raises(GraphError, match="convention log: no choice '10'; there are e, 2"),
        declared({"log": "10"}),
    ):
        pass
