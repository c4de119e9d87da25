r"""Functions and big operators of the grammar: ``log x``, ``\tanh^2(x)``, ``\sum_{k=1}^K p_k``."""

from __future__ import annotations

from typing import Any

from .cursor import Cursor
from .names import bare
from .naming import name_from

Expr = tuple[Any, ...]
Pieces = tuple[tuple[str, str], ...]

_ALIASES = {
    "sigma": "sigmoid", "sigm": "sigmoid", "logistic": "sigmoid", "expit": "sigmoid", "sgn": "sign",
    "ReLU": "relu",
    "RELU": "relu", "Relu": "relu", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "arctg": "arctan",
    "tg": "tan", "th": "tanh", "sh": "sinh", "ch": "cosh", "sech": "sech", "atanh": "artanh",
    "arctanh": "artanh",
    "tr": "trace", "Tr": "trace", "Trace": "trace", "inverse": "inv", "absolute": "abs", "maximum": "max",
    "minimum": "min",
    "avg": "mean", "average": "mean", "Softmax": "softmax", "SoftMax": "softmax", "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "inner": "dot", "matmul": "matmul", "mm": "matmul", "multiply": "hadamard", "power": "power",
    "pow": "power",
    "square": "square", "cbrt": "cbrt", "ceiling": "ceil", "Diag": "diag", "arg": "arg",
    "Softplus": "softplus",
    "softsign": "softsign", "transpose": "transpose", "exp2": "exp2", "logsumexp": "logsumexp",
    "LSE": "logsumexp",
    "lse": "logsumexp", "heaviside": "step", "step": "step", "H": "step", "indicator": "indicator",
    "Identity": "identity",
    "log1p": "log1p", "expm1": "expm1", "cot": "cot", "sec": "sec", "csc": "csc", "logdet": "logdet",
    "fact": "factorial",
    "LeakyReLU": "leaky", "erfc": "erfc", "Phi": "normal_cdf", "swish": "silu", "SiLU": "silu",
    "Max": "max", "Min": "min", "array": "array", "Gamma": "gamma", "where": "where", "solve": "solve",
    "var": "var", "Var": "var", "std": "std",
}  # fmt: skip

_PLAIN = (
    "tanh exp log ln lg lb ld log2 log10 sqrt sigmoid relu softplus softmax max min floor ceil abs sign "
    "sin cos tan sinh cosh arcsin arccos arctan artanh erf sum mean prod det trace inv diag dot "
    "outer norm argmax "
    "argmin factorial "
    "hadamard binom comb round silu gelu root"
).split()

FUNCTIONS = {word: word for word in _PLAIN} | _ALIASES
"""Every word of a function, and the function that it names."""

for _word in ("arg", "identity", "leaky", "H", "Identity", "LeakyReLU"):
    FUNCTIONS.pop(_word, None)

SEVERAL = frozenset(
    "max min dot outer matmul hadamard binom comb power norm softmax log root where solve".split()
)
"""Functions of more than one argument."""

MAX_RUN = 60
"""Longest run of letters that is read as a product of names."""

MAX_KNOWN = 10_000
"""Most runs of letters of which the reading is kept for a set of names."""

_OVER = frozenset("sum prod max min mean argmax argmin".split())
_CONSTANTS = {"e": "e", "pi": "pi", "inf": "inf", "infty": "inf", "infinity": "inf"}
_OPEN = {"(": ")", "{": "}", "[": "]", "\\{": "\\}"}


def pieces_of(p: Cursor, word: str) -> Pieces | None:
    """Return what a run of letters means: one name or function, or a product of names; None for nothing.

    The longest declared name wins, then functions and constants, then the fewest names side by side.
    """
    names = p.names
    if p.bound and bare(word) in p.bound:
        return (("name", bare(word)),)
    known: Pieces | None = names.split.get(word)
    if known is not None:
        return known
    key = bare(word)
    found = _single(p, key)
    if found is None and word[0] != "\\" and 1 < len(word) <= MAX_RUN:
        found = _product(p, key)
    if found is not None and not p.bound and len(names.split) < MAX_KNOWN:
        names.split[word] = found
    return found


def _single(p: Cursor, key: str) -> Pieces | None:
    names = p.names
    function = FUNCTIONS.get(key)
    if key in names.simple:
        return (("name", key),)
    if key in _CONSTANTS:
        return (("const", _CONSTANTS[key]),)
    if key == "delta":
        return (("name", key),)
    if function is not None and key != "Phi":
        return (("function", function),)
    if (key, "", "", 0) in names.begun or key in names.loose:
        return (("name", key),)
    if function is not None:
        return (("function", function),)
    return (("eye", key),) if key in ("I", "eye", "Id") else None


def _product(p: Cursor, word: str) -> Pieces | None:
    """Return the fewest names, constants and functions that a word is made of; the longest first."""
    best: list[Pieces | None] = [None] * len(word) + [()]
    for start in range(len(word) - 1, -1, -1):
        for end in range(min(len(word), start + 24), start, -1):
            rest = best[end]
            if rest is None:
                continue
            part = word[start:end]
            if part in p.bound or (part, "", "", 0) in p.names.begun:
                piece = ("name", part)
            elif part in _CONSTANTS:
                piece = ("const", part)
            elif end - start > 2 and part in FUNCTIONS:
                piece = ("function", part)
            elif part == "I":
                piece = ("eye", part)
            else:
                continue
            shortest = best[start]
            if shortest is None or len(rest) + 1 < len(shortest):
                best[start] = (piece, *rest)
    return best[0]


# -- functions -----------------------------------------------------------------------------------


def function(p: Cursor, word: str, at: int) -> Expr:
    """Read a function after its word: its primes, power, base or index, and its arguments."""
    called = FUNCTIONS.get(word, word)
    primes, power, index = 0, None, None
    while p.k[p.at] == "o":
        mark = p.w[p.at]
        if mark in ("'", "''"):
            primes += len(mark)
            p.at += 1
        elif mark == "^" and power is None:
            p.at += 1
            braced = p.w[p.at] == "{"
            inner = p.at + braced
            if p.w[inner] == "'" and p.k[inner] == "o":
                primes += 1
                p.at = inner + 1 + braced
            else:
                power = p.exponent()
        elif mark == "_" and index is None and called in _OVER:
            if power is not None:
                raise p.refuse("expected the index before the power")
            return over(p, called)
        elif mark == "_" and index is None and called == "log":
            p.at += 1
            index = p.exponent()
        else:
            break
    if primes > 1:
        raise p.refuse("only the first derivative of a function is read", at)
    if power == ("neg", ("number", "1")):
        inverse = {"sin": "arcsin", "cos": "arccos", "tan": "arctan", "tanh": "artanh", "sigmoid": "logit",
                   "exp": "log", "log": "exp", "ln": "exp"}.get(called)  # fmt: skip
        if inverse is None:
            raise p.refuse(f"{word}^-1 could be the inverse function or 1/{word}; write out which", at)
        called, power = inverse, None
    args = _arguments(p, called)
    if index is not None:
        args = (*args, index)
    expr: Expr = ("call", called + "'" * primes, args)
    return expr if power is None else ("epow", expr, power)


def _arguments(p: Cursor, called: str) -> tuple[Expr, ...]:
    opening = p.w[p.at] if p.k[p.at] == "f" else ""
    if opening == "[" and p.w[p.at + 1] == "[":
        return (p.primary(),)
    if opening in _OPEN:
        p.at += 1
        args = [p.inner(p.condition)]
        while p.take(",") or (called in SEVERAL and p.take(";")):
            args.append(p.inner(p.conditional))
        p.need(_OPEN[opening])
        if opening == "[" and len(args) > 1 and called not in ("max", "min"):
            args = [("array", tuple(args))]
        return _counted(p, called, args)
    return (_bare(p, called),)


def _counted(p: Cursor, called: str, args: list[Expr]) -> tuple[Expr, ...]:
    if len(args) > 1 and called not in SEVERAL:
        if called in ("sum", "mean", "prod", "argmax", "argmin", "diag"):
            return (("array", tuple(args)),)
        raise p.refuse(f"{called} takes 1 argument, found {len(args)}", p.at - 1)
    return tuple(args)


def _bare(p: Cursor, called: str) -> Expr:
    """Read an argument without brackets: names and numbers side by side, or one factor of another kind.

    ``log x y`` is log(x y), ``sin 2x`` is sin(2x), and ``log x (1 - y)`` is log(x) (1 - y).  ``log x / y`` is
    log(x) / y, but log(x / y) where the cursor is ``wide``.
    """
    kind = p.k[p.at]
    if not kind or (kind == "o" and p.w[p.at] not in ("|", "‖")):
        raise p.fail(f"an argument of {called}, such as {called}(x)")
    simple = kind == "n" or (kind in "ws" and not p.is_function(p.w[p.at]))
    value = p.power()
    while simple and (p.k[p.at] == "n" or (p.k[p.at] and p.k[p.at] in "ws")):
        if p.spaced and not p.glued():
            break
        word = p.w[p.at]
        if p.k[p.at] == "n" and p.k[p.at - 1] == "n":
            break
        if p.k[p.at] == "w" and (word in ("if", "else", "and", "or", "for") or p.is_function(word)):
            break
        value = ("mul", value, p.power(), "")
    return ("div", value, p.power()) if p.wide and p.take("/") else value


# -- sums, products and maxima over an index -----------------------------------------------------


def over(p: Cursor, word: str) -> Expr:
    """Read a sum, product or maximum over an index, after its sign."""
    if p.w[p.at] != "_" and p.w[p.at] != "^":
        if word in ("sum", "prod"):
            return ("call", word, (_body(p),))
        raise p.fail("an index")
    low: Expr | None = None
    high: Expr | None = None
    letters: list[str] = []
    limits: list[tuple[Expr | None, Expr | None, Expr | None]] = []
    saved = dict(p.bound)
    for _ in range(2):
        if p.take("_"):
            closing = {"{": "}", "(": ")"}.get(p.w[p.at]) if p.k[p.at] == "f" else None
            if closing is None:
                letters.append(_bind(p, single=True))
                limits.append((None, None, None))
                continue
            p.at += 1
            _lower(p, closing, letters, limits)
            p.need(closing)
        elif p.take("^"):
            high = _high(p)
    if not letters:
        raise p.fail("an index below the sign, as in \\sum_k")
    if high is not None:
        low, other, condition = limits[-1]
        if len(letters) > 1 or other is not None:
            raise p.refuse("expected one index where a limit stands above the sign")
        limits[-1] = (low, high, condition)
    body = _body(p)
    p.bound = saved
    for letter, (low, up, condition) in zip(reversed(letters), reversed(limits), strict=True):
        body = ("over", word, letter, low, up, condition, body)
    return body


def _high(p: Cursor) -> Expr:
    """Read the limit above a sign, without what it is taken of."""
    word = p.w[p.at]
    if p.k[p.at] == "w" and word[0] != "\\" and len(word) > 1 and p.names.simple.get(word) is None:
        p.w[p.at] = word[1:]  # \sum_{k=1}^Kx_k is a sum up to K
        p.t.starts[p.at] += 1
        return name_only(p, word[0])
    return p.exponent()


def name_only(p: Cursor, letter: str) -> Expr:
    """Return a single letter as a name."""
    if letter in p.bound:
        return ("index", letter)
    if letter not in p.names.simple:
        return name_from(p, letter, p.at)
    return ("name", p.names.simple[letter])


def _bind(p: Cursor, *, single: bool) -> str:
    """Step over the letter of an index, and let it stand for a number from here on."""
    word = p.w[p.at]
    if p.k[p.at] != "w" or (len(word) > 1 and not single and word[0] != "\\" and word not in p.names.simple):
        raise p.fail("the letter of an index")
    letter = bare(word)
    if len(word) > 1 and word[0] != "\\" and word not in p.names.simple:
        letter = word[0]
        p.w[p.at] = word[1:]
        p.t.starts[p.at] += 1
    else:
        p.at += 1
    p.bound[letter] = p.bound.get(letter, 0) + 1
    return letter


def _lower(p: Cursor, closing: str, letters: list[str], limits: list[Any]) -> None:
    """Read what stands below a sign: k, k=1, i,j, i≠j, i<j, k ≠ i."""
    while True:
        word = p.w[p.at]
        if p.k[p.at] == "n" and p.w[p.at + 1] == "≤":  # 1 ≤ i ≤ n
            p.at += 2
            letters.append(_bind(p, single=False))
            p.need("≤")
            limits.append((("number", word), p.inner(p.sum), None))
        elif p.k[p.at] == "w" and word[0] != "\\" and len(word) > 1 and word not in p.names.simple:
            while p.k[p.at] == "w" and p.w[p.at] == word:  # \sum_{ij}
                letters.append(_bind(p, single=True))
                limits.append((None, None, None))
                word = p.w[p.at] if p.k[p.at] == "w" else ""
        else:
            letters.append(_bind(p, single=False))
            limits.append((None, None, None))
        sign = p.w[p.at]
        if sign == "=" and p.take("="):
            low = p.inner(p.sum)
            high = None
            if p.take("→") or (p.w[p.at] == "." and p.at):
                raise p.refuse("write the last value above the sign")
            limits[-1] = (low, high, None)
        elif sign in ("≠", "<", ">", "≤", "≥"):
            p.at += 1
            here = p.at
            other = bare(p.w[here]) if p.k[here] == "w" else ""
            free = other and other not in p.bound and other not in p.names.simple
            if free:
                letters.append(_bind(p, single=False))
                limits.append((None, None, ("relation", sign, ("index", letters[-2]), ("index", other))))
            else:
                limits[-1] = (None, None, ("relation", sign, ("index", letters[-1]), p.inner(p.sum)))
        if not p.take(","):
            if p.w[p.at] != closing:
                raise p.fail(f"'=', ',' or {closing!r}")
            return


def _body(p: Cursor) -> Expr:
    """Read what is summed: everything up to the next plus or minus."""
    return p.signed() if p.w[p.at] in ("-", "+") else p.product()
