"""Functions of more than one entry or argument, norms, and derivatives of known functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .arithmetic import Value
    from .meaning import Meaning

Expr = tuple[Any, ...]


def called(m: Meaning, expr: Expr) -> Value:
    """Return the value of a call."""
    word, args = expr[1], expr[2]
    if word.endswith("'"):
        return _derivative(m, word[:-1], expr)
    rule = _RULES.get(word)
    if rule is None:
        raise m.unread(expr, f"{word} has no meaning here")
    wanted = {
        "dot": 2,
        "outer": 2,
        "matmul": 2,
        "hadamard": 2,
        "binom": 2,
        "comb": 2,
        "power": 2,
        "root": 2,
        "solve": 2,
        "where": 3,
    }.get(word)
    if wanted is not None and len(args) != wanted:
        raise m.unread(expr, f"{word} takes {wanted} arguments, found {len(args)}")
    if word in _REWRITTEN:  # each argument has its value taken once, or nested calls would never end
        return rule(m, expr, [])
    return rule(m, expr, [m.of(arg) for arg in args])


def _extreme(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    word = expr[1]
    if len(args) == 1:
        if args[0][1] == ():
            raise m.misfit(expr, f"{word} of a single number: at least two are compared")
        return _reduced(m, expr, args)
    value = args[0]
    for other in args[1:]:
        value = m.join(word, value, other, expr)
    return value


def _reduced(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    (x, shape, literal) = args[0]
    if len(args) != 1 or shape == "I" or "*" in shape:
        raise m.misfit(expr, f"{expr[1]} takes one array of known size")
    if shape == ():
        return x, (), literal
    if expr[1].startswith("arg") and len(shape) > 1:
        raise m.misfit(expr, f"{expr[1]} takes a vector")
    return m.algebra.reduce(expr[1], x, len(shape)), (), literal


def _softmax(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    x, shape, literal = args[0]
    if len(args) > 1:
        entries = m.stacked(args, expr)
        x, shape, literal = entries
    if shape in ((), "I"):
        raise m.misfit(expr, "softmax takes a vector")
    return m.algebra.softmax(x), shape, literal


def _logsumexp(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    x, shape, literal = args[0]
    if shape in ((), "I"):
        raise m.misfit(expr, "logsumexp takes a vector")
    total = m.algebra.reduce("sum", m.algebra.function("exp", x), len(shape))
    return m.algebra.function("log", total), (), literal


def _log(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    """Return a logarithm; ``log`` alone is to the base of the paper."""
    x, shape, literal = args[0]
    if shape == "I":
        raise m.misfit(expr, "the logarithm of a matrix of unknown size")
    value = m.algebra.function("log", x)
    base: Any = {"log2": 2, "lb": 2, "ld": 2, "log10": 10, "lg": 10, "ln": None}.get(expr[1], m.base)
    if len(args) == 2:
        if args[1][1] != ():
            raise m.misfit(expr, "the base of a logarithm must be a number")
        below = m.algebra.function("log", args[1][0])
    elif len(args) > 2 or (len(args) == 2 and expr[1] != "log"):
        raise m.unread(expr, "a logarithm takes a number and a base")
    elif base in (None, "e"):
        return value, shape, literal
    else:
        below = m.algebra.function("log", m.algebra.integer(int(base)))
    return m.algebra.binary("div", value, below, len(shape), 0), shape, literal


def _root(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    (x, shape, p), (order, other, _) = args
    if other != () or shape == "I":
        raise m.misfit(expr, "the order of a root must be a number")
    if m.algebra.whole(order) == 3:
        return m.algebra.function("cbrt", x), shape, p
    one = m.algebra.binary("div", m.algebra.integer(1), order, 0, 0)
    return m.algebra.binary("pow", x, one, len(shape), 0), shape, p


def _matrix_of(word: str) -> Callable[[Meaning, Expr, list[Value]], Value]:
    def rule(m: Meaning, expr: Expr, args: list[Value]) -> Value:
        x, shape, literal = args[0]
        if word == "inv" and shape == ():
            return m.algebra.binary("div", m.algebra.integer(1), x, 0, 0), (), literal
        if word == "inv" and shape == "I":
            return m.algebra.binary("div", m.algebra.integer(1), x, 0, 0), "I", literal
        if len(args) != 1 or len(shape) != 2 or shape[0] != shape[1] or shape[0] == "*" or shape == "I":
            raise m.misfit(expr, f"{word} takes a square matrix")
        if word == "inv":
            return m.algebra.inverse(x), shape, False
        if word == "logdet":
            return m.algebra.function("log", m.algebra.det(x)), (), False
        return getattr(m.algebra, word)(x), (), literal

    return rule


def _diag(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    x, shape, literal = args[0]
    if len(args) == 1 and len(shape) == 2 and shape[0] == shape[1]:
        return m.algebra.diag(x, 2), shape[:1], literal
    if len(args) == 1 and len(shape) == 2 and 1 in shape:
        x = m.algebra.squeeze(x if shape[1] == 1 else m.algebra.transpose(x), 2)
        shape = (max(shape),)
    if len(args) != 1 or len(shape) != 1 or shape == "I" or shape == ("*",):
        raise m.misfit(expr, "diag takes a vector or a square matrix")
    return m.algebra.diag(x, 1), (shape[0], shape[0]), literal


def _inner(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    a, b = args
    if (
        a[1] != "I"
        and len(a[1]) == 2
        and b[1] != "I"
        and len(b[1]) == 2
        and a[1] == b[1]
        and a[1][0] != a[1][1]
    ):
        return m.algebra.reduce("sum", m.algebra.binary("mul", a[0], b[0], 2, 2), 2), (), False
    return m.times(a, b, ("mul", expr[2][0], expr[2][1], "·"))


def _outer(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    return m.times(args[0], args[1], ("mul", expr[2][0], expr[2][1], "⊗"))


def _product(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    return m.times(args[0], args[1], ("mul", expr[2][0], expr[2][1], "@"))


def _hadamard(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    return m.times(args[0], args[1], ("mul", expr[2][0], expr[2][1], "⊙"))


def _power(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    return m.of(("pow", *expr[2]))


def _square(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    return m.of(("epow", expr[2][0], ("number", "2")))


def _binomial(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    (n, s, p), (k, t, q) = args
    if s != () or t != ():
        raise m.misfit(expr, "a binomial is of two numbers")
    rest = m.algebra.binary("sub", n, k, 0, 0)
    below = m.algebra.binary("mul", m.factorial(k, expr), m.factorial(rest, expr), 0, 0)
    return m.algebra.binary("div", m.factorial(n, expr), below, 0, 0), (), p and q


def _transposed(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    return m.turned(args[0], ("transpose", expr[2][0]))


def _solved(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    inverse = _matrix_of("inv")(m, expr, args[:1])
    return m.times(inverse, args[1], ("mul", expr[2][0], expr[2][1], ""))


def _where(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    condition, value, other = expr[2]
    return m.of(("cases", ((value, condition), (other, None))))


def _itself(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    return args[0]


def _gamma(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    x, shape, literal = args[0]
    if shape != ():
        raise m.misfit(expr, "Γ takes a single number")
    return m.factorial(m.algebra.binary("sub", x, m.algebra.integer(1), 0, 0), expr), (), literal


def _variance(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    """Return the mean square of the distances from the mean, as networks normalise by it, or its root."""
    x, shape, _ = args[0]
    if shape in ((), "I") or "*" in shape:
        raise m.misfit(expr, f"{expr[1]} takes an array of known size")
    algebra, rank = m.algebra, len(shape)
    far = algebra.binary("sub", x, algebra.reduce("mean", x, rank), rank, 0)
    variance = algebra.reduce("mean", algebra.binary("pow", far, algebra.integer(2), rank, 0), rank)
    return (variance if expr[1] == "var" else algebra.function("sqrt", variance)), (), False


def _abs(m: Meaning, expr: Expr, args: list[Value]) -> Value:
    x, shape, literal = args[0]
    if len(args) != 1 or shape == "I":
        raise m.misfit(expr, "abs takes one argument of known size")
    return m.algebra.function("abs", x), shape, literal


_RULES: dict[str, Callable[[Meaning, Expr, list[Value]], Value]] = {
    "max": _extreme,
    "min": _extreme,
    "sum": _reduced,
    "mean": _reduced,
    "prod": _reduced,
    "argmax": _reduced,
    "argmin": _reduced,
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    **dict.fromkeys(("log", "ln", "lg", "lb", "ld", "log2", "log10"), _log),
    "root": _root,
    **{word: _matrix_of(word) for word in ("inv", "det", "trace", "logdet")},
    "diag": _diag,
    "dot": _inner,
    "outer": _outer,
    "matmul": _product,
    "hadamard": _hadamard,
    "power": _power,
    "square": _square,
    "binom": _binomial,
    "comb": _binomial,
    "transpose": _transposed,
    "abs": _abs,
    "solve": _solved,
    "where": _where,
    "array": _itself,
    "gamma": _gamma,
    "var": _variance,
    "std": _variance,
    "norm": lambda m, expr, args: norm(m, ("norm", expr[2][0], expr[2][1] if len(expr[2]) > 1 else None)),
}

_REWRITTEN = frozenset(("where", "power", "square", "norm"))
"""Functions that are read as another notation, their arguments with it."""


# -- norms -----------------------------------------------------------------------------------------


def norm(m: Meaning, expr: Expr) -> Value:
    """Return a norm: of a vector of any order, of a matrix that of Frobenius."""
    x, shape, literal = m.of(expr[1])
    order = expr[2]
    if shape == "I" or "*" in shape:
        raise m.misfit(expr, "the norm of an array of unknown size")
    algebra, rank = m.algebra, len(shape)
    if shape == ():
        return algebra.function("abs", x), (), literal
    two = order in (None, "F") or order == ("number", "2")
    if rank > 1 and order not in (None, "F") and 1 not in shape:
        raise m.unread(expr, "of a matrix only the norm of Frobenius is read")
    if order == ("const", "inf"):
        return algebra.reduce("max", algebra.function("abs", x), rank), (), literal
    if two:
        return (
            algebra.function("sqrt", algebra.reduce("sum", algebra.binary("mul", x, x, rank, rank), rank)),
            (),
            literal,
        )
    size = algebra.function("abs", x)
    if order == ("number", "1"):
        return algebra.reduce("sum", size, rank), (), literal
    p = m.scalar(order, "the order of a norm")
    total = algebra.reduce("sum", algebra.binary("pow", size, p, rank, 0), rank)
    return algebra.binary("pow", total, algebra.binary("div", algebra.integer(1), p, 0, 0), 0, 0), (), literal


# -- derivatives -----------------------------------------------------------------------------------


def _derivative(m: Meaning, word: str, expr: Expr) -> Value:
    """Return the derivative of a known function, entry by entry; at a kink it is 0."""
    rule = _DERIVATIVES.get(word)
    if rule is None or len(expr[2]) != 1:
        raise m.unread(expr, f"the derivative of {word} is not known here")
    argument = expr[2][0]
    return m.of(rule(("value", m.of(argument), argument)))  # once, or nested ones would never end


def _f(word: str, x: Expr) -> Expr:
    return ("call", word, (x,))


def _one_minus(x: Expr) -> Expr:
    return ("sub", ("number", "1"), x)


_TWO = ("number", "2")
_DERIVATIVES: dict[str, Callable[[Expr], Expr]] = {
    "sigmoid": lambda x: ("mul", _f("sigmoid", x), _one_minus(_f("sigmoid", x)), "⊙"),
    "tanh": lambda x: _one_minus(("epow", _f("tanh", x), _TWO)),
    "relu": lambda x: _f("step", x),
    "softplus": lambda x: _f("sigmoid", x),
    "exp": lambda x: _f("exp", x),
    "log": lambda x: ("div", ("number", "1"), x),
    "ln": lambda x: ("div", ("number", "1"), x),
    "sin": lambda x: _f("cos", x),
    "cos": lambda x: ("neg", _f("sin", x)),
    "sqrt": lambda x: ("div", ("number", "1"), ("mul", _TWO, _f("sqrt", x), "")),
    "sinh": lambda x: _f("cosh", x),
    "cosh": lambda x: _f("sinh", x),
    "abs": lambda x: _f("sign", x),
    "silu": lambda x: ("add", _f("sigmoid", x), ("mul", x, _DERIVATIVES["sigmoid"](x), "⊙")),
}
