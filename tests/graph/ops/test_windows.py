import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import GraphError, constant, size, symbol, write
from tripos.graph.ops import windows

SIZES = st.integers(1, 12)


@settings(max_examples=100, deadline=None)
@given(n=SIZES, k=st.integers(1, 5), stride=st.integers(1, 4), dilation=st.integers(1, 3))
def test_padding_by_name_is_that_of_jax(n, k, stride, dilation):
    span = dilation * (k - 1) + 1
    for word in ("same", "valid"):
        (want,) = jax.lax.padtype_to_pads((n,), (span,), (stride,), word.upper())
        ((before, after),) = windows.padding_by_name(word, (n,), (k,), (stride,), (dilation,), "conv1d")
        assert (before, after) == tuple(want)
        if n >= span or word == "same":
            count = windows.window_count(n, k, stride, (before, after), dilation, "conv1d")
            assert count == (-(-n // stride) if word == "same" else -(-(n - span + 1) // stride))


@settings(max_examples=50, deadline=None)
@given(n=SIZES, k=st.integers(1, 5))
def test_full_padding_leaves_one_entry_of_overlap(n, k):
    padding = windows.padding_by_name("full", (n,), (k,), (1,), (1,), "conv1d")
    assert padding == ((k - 1, k - 1),)
    assert windows.window_count(n, k, 1, padding[0], 1, "conv1d") == np.convolve(np.ones(n), np.ones(k)).size


def test_symbolic_padding():
    n, k = size("n k")
    for word, results in (("full", "k + n − 1"), ("same", "n")):
        (padding,) = windows.padding_by_name(word, (n,), (k,), (1,), (1,), "conv1d")
        assert write(windows.window_count(n, k, 1, padding, 1, "conv1d")).text == results


@settings(max_examples=50, deadline=None)
@given(k=st.integers(1, 4), count=st.integers(1, 5), stride=st.integers(1, 3), dilation=st.integers(1, 3))
def test_taps_read_what_windows_see(k, count, stride, dilation):
    n = stride * (count - 1) + dilation * (k - 1) + 1
    found = windows.taps((k, 1), (count, n), (stride, 1), (dilation, 1))
    image = np.arange(n * n).reshape(n, n)
    assert [tap for tap, _ in found] == [(a, 0) for a in range(k)]
    for (a, _), at in found:
        np.testing.assert_array_equal(image[at], image[[stride * i + dilation * a for i in range(count)]])


def test_settings_may_be_given_in_several_ways():
    assert windows.per_axis(2, 2, "conv2d", "stride") == (2, 2)
    assert windows.per_axis((2, 3), 2, "conv2d", "stride") == (2, 3)
    assert windows.per_axis([constant(2), 3], 2, "conv2d", "stride") == (2, 3)
    assert windows.padding_per_axis(1, 2, "conv2d") == ((1, 1), (1, 1))
    assert windows.padding_per_axis((1, 0), 2, "conv2d") == ((1, 1), (0, 0))
    assert windows.padding_per_axis(((1, 0), 2), 2, "conv2d") == ((1, 0), (2, 2))


@pytest.mark.parametrize("value", [0, 1.5, True, "2", None, (2,), (2, 2, 2), (2, 0), symbol("v", 2)])
def test_what_is_no_setting_is_refused(value):
    with pytest.raises(GraphError, match="conv2d: the stride must be a positive integer"):
        windows.per_axis(value, 2, "conv2d", "stride")


@pytest.mark.parametrize("value", [-1, 0.5, True, None, (1,), (1, 2, 3), ((1, 2, 3), 1), ((1, -1), 1)])
def test_what_is_no_padding_is_refused(value):
    with pytest.raises(GraphError, match="conv2d: the padding must be 0 or more"):
        windows.padding_per_axis(value, 2, "conv2d")


def test_settings_are_written_by_axis():
    n = size("n")
    found = windows.marks(s=(2, 2), p=((0, 1), (1, 1)), d=None, k=(n, 3))
    assert found.text == "s=2,p=0+1×1,k=n×3"
    assert found.latex == r"s=2,p=0+1\times 1,k=n\times 3"


def test_only_known_sizes_are_slid_over():
    with pytest.raises(GraphError, match="windows slide only over sizes that are numbers, found n"):
        windows.taps((size("n"),), (1,), (1,), (1,))
