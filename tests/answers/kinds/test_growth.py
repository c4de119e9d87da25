import pytest

from tripos.answers.kinds.growth import GROWTH
from tripos.graph import size
from tripos.graph.growth import growth

M, N = size("M N")
KEY = growth(3 * M**2 + M * N, M, N)


@pytest.mark.parametrize(
    ("text", "outcome", "feedback"),
    [
        ("O(M^2 + MN)", "right", ""),
        ("O(M(M + N))", "right", ""),
        (r"\mathcal{O}(M^2 + M N)", "right", ""),
        (r"\Theta(M \max(M, N))", "right", ""),
        ("Θ(M² + MN)", "right", ""),
        ("M^2 + MN", "right", ""),
        ("O(7M² + MN + N)", "right", ""),
        ("O(M^2)", "wrong", "It grows too slowly."),
        ("O(M^2 + N^2)", "wrong", "An upper bound, but not the tightest."),
        ("O(N^2)", "wrong", "It grows faster in one direction and slower in another."),
        ("O(q)", "unread", ""),
        ("quadratic", "unread", ""),
        ("O(M^2", "unread", ""),
    ],
)
def test_orders(text, outcome, feedback):
    found = GROWTH.mark(KEY, text, {}, {})
    assert found.verdict.outcome == outcome
    assert "".join(found.feedback) == feedback
