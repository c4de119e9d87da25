import pytest

from tripos.answers.declared import Declared
from tripos.answers.reading.reader import latex, parse, plain

NAMES = {
    "x": Declared(("n",)),
    "W": Declared(("n", "n")),
    "z": Declared(()),
    r"\mu_1": Declared(()),
    "y_hat": Declared(()),
}


@pytest.mark.parametrize(
    ("text", "as_text", "as_latex"),
    [
        ("z/2z", "z / (2 z)", r"\frac{z}{2 \, z}"),
        ("1/2 z", "1 / 2 z", r"\frac{1}{2} \, z"),
        ("-z^2", "-z^2", "-{z}^{2}"),
        ("log z z", "log(z z)", r"\log\left(z \, z\right)"),
        ("mu1 + ŷ", "μ_1 + y_hat", r"\mu_{1} + \hat{y}"),
        ("W^T x", "Wᵀ x", r"{W}^{\top} \, x"),
        ("[z>0]", "[z > 0]", r"\left[z > 0\right]"),
        ("floor(z)+1", "⌊z⌋ + 1", r"\left\lfloor z \right\rfloor + 1"),
        (r"\sum_k x_k", "sum_{k} (x_k)", r"\sum_{k} \left(x_{k}\right)"),
    ],
)
def test_what_was_understood(text, as_text, as_latex):
    expr = parse(text, NAMES)
    assert (plain(expr), latex(expr)) == (as_text, as_latex)
