"""How nodes are written: names, precedence and matrix notation, as LaTeX and as plain text at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from .node import Name, Node, Shape, lift

RELATION, SUM, SIGN, ENTRYWISE, INNER, PRODUCT, CALL, POWER, ATOM = range(9)
"""Precedences, loosest first; an operand looser than its place wants is bracketed.

``a ⊙ B c`` is a ⊙ (B c), and an inner product ``aᵀ b`` stands in brackets before an array: (aᵀ b) c.
"""


_DIGITS = frozenset("0123456789")


class Piece(NamedTuple):
    """A fragment of mathematics: plain text, LaTeX, how tightly it binds, and the axes it stands for.

    ``turned`` is its transpose, where that is no longer: (Aᵀ x)ᵀ is xᵀ A.
    """

    text: str
    latex: str
    prec: int = ATOM
    rank: int = 0
    turned: Piece | None = None

    @property
    def numeral(self) -> bool:
        """Whether this is a number or an array of numbers, for which a product needs a dot."""
        return self.text.lstrip("−")[:1] in "0123456789["


Notation = Callable[..., Piece]


def bracket(piece: Piece, prec: int) -> Piece:
    """Return ``piece`` fit to stand where ``prec`` is wanted."""
    if piece.prec >= prec:
        return piece
    return Piece(f"({piece.text})", rf"\left({piece.latex}\right)")


def join(between: tuple[str, str], pieces: Sequence[Piece], prec: int) -> Piece:
    """Return pieces side by side, unbracketed."""
    text, latex = between
    return Piece(text.join(p.text for p in pieces), latex.join(p.latex for p in pieces), prec)


def plus(a: Piece, b: Piece, **attrs: Any) -> Piece:
    """Write a sum; adding a negative number reads as a difference."""
    if b.text.startswith("−") and b.prec in (SIGN, SUM):
        return Piece(f"{a.text} − {b.text[1:]}", f"{a.latex} - {b.latex[1:]}", SUM)
    if b.text == "0":
        return a
    return join((" + ", " + "), [a, b], SUM)


def minus(a: Piece, b: Piece, **attrs: Any) -> Piece:
    """Write a difference."""
    if b.text == "0":
        return a
    right = bracket(b, ENTRYWISE)
    return join((" − ", " - "), [a, right], SUM)


def negative(a: Piece, **attrs: Any) -> Piece:
    """Write a change of sign."""
    right = bracket(a, ENTRYWISE)
    return Piece(f"−{right.text}", f"-{right.latex}", SIGN)


def times(a: Piece, b: Piece, loosest: tuple[int, int] = (PRODUCT, PRODUCT)) -> Piece:
    """Write a product; factors of one are not written, and looser ones than ``loosest`` stand in brackets."""
    if a.text == "1":
        return b
    if b.text == "1":
        return a
    if a.text == "−1" and not b.numeral:
        return negative(b)
    if b.text == "−1" and not a.numeral:
        return negative(a)
    left = a if a.prec == SIGN else bracket(a, loosest[0])
    right = bracket(b, loosest[1])
    prec = min(left.prec, right.prec, PRODUCT)
    if set(left.text.lstrip("−")) <= _DIGITS and not b.numeral and right.prec >= POWER and plain(right):
        return Piece(left.text + right.text, f"{left.latex} {right.latex}", prec)
    between = (" " if plain(left) and plain(right) else " · ", r"\,")
    signed = b.numeral and b.prec == SIGN
    if right.text[:1] in _DIGITS or (left.numeral and (right.numeral or signed)):
        arrays = "[" in left.text[:2] and right.text.startswith("[")
        between = (" · ", r"\," if arrays else r" \cdot ")
    return join(between, [left, right], prec)


def entrywise(a: Piece, b: Piece, **attrs: Any) -> Piece:
    """Write a product entry by entry: ``⊙`` between arrays, nothing or a dot with a scalar."""
    if not (a.rank or b.rank) and a == b and not a.numeral:
        return raised(a, Piece("2", "2"))
    if not (a.rank or b.rank):
        return times(a, b, (INNER, INNER))
    if not (a.rank and b.rank):
        return times(a, b, (ENTRYWISE, PRODUCT) if a.rank else (PRODUCT, ENTRYWISE))
    left = a if a.prec == SIGN else bracket(a, ENTRYWISE)
    return join((" ⊙ ", r" \odot "), [left, bracket(b, ENTRYWISE)], min(left.prec, ENTRYWISE))


def plain(piece: Piece) -> bool:
    """Say whether a factor may stand beside another without a dot: no fraction, no word."""
    word = re.match(r"(?!log )[A-Za-z]{2,}(?!\w*\()", piece.text)
    return not _has_slash(piece.text) and piece.prec >= ENTRYWISE and word is None


def over(a: Piece, b: Piece, **attrs: Any) -> Piece:
    """Write a quotient, on a line in text and as a fraction in LaTeX."""
    if b.text == "1":
        return a
    sign = "-" if a.text.startswith("−") and a.prec == SIGN else ""
    if sign:
        a = Piece(a.text[1:], a.latex[1:], PRODUCT)
    ambiguous = _has_slash(a.text) or re.search(r"log \d+$", a.text)  # log 2/2 is not log(2/2)
    top = f"({a.text})" if a.prec == PRODUCT and ambiguous else bracket(a, PRODUCT).text
    bottom = bracket(b, CALL).text
    text = f"{'−' if sign else ''}{top}/{bottom}"
    return Piece(text, rf"{sign}\frac{{{a.latex}}}{{{b.latex}}}", SIGN if sign else PRODUCT)


def _has_slash(text: str) -> bool:
    """Say whether a slash stands outside of all brackets."""
    depth = 0
    for character in text:
        depth += (character in "([⟨⌊") - (character in ")]⟩⌋")
        if character == "/" and depth == 0:
            return True
    return False


def raised(a: Piece, b: Piece, **attrs: Any) -> Piece:
    """Write a power; calls such as tanh(s)² need no brackets, fractions do."""
    base = _base(a)
    return Piece(base.text + superscript(b), f"{{{base.latex}}}^{{{b.latex}}}", POWER)


def _base(a: Piece) -> Piece:
    """Return what a power or a transpose is taken of, in brackets unless it is a name or a call."""
    if a.prec == ATOM and a.text.endswith("]ᵀ"):
        return Piece(f"({a.text})", a.latex)
    if a.prec == ATOM or (a.prec == CALL and a.text.endswith(")")):
        return a
    return Piece(f"({a.text})", rf"\left({a.latex}\right)")


def exponential(a: Piece, **attrs: Any) -> Piece:
    """Write e to the power of something."""
    return Piece("e" + superscript(a), rf"e^{{{a.latex}}}", POWER)


ONES = Piece("𝟏", r"\mathbf{1}")
"""A vector of ones."""


def repeated(a: Piece, ranks: tuple[int, int]) -> Piece:
    """Write a scalar or a vector repeated: s 𝟏, s 𝟏 𝟏ᵀ, and 𝟏 vᵀ where the vector is each row."""
    if ranks == (1, 2):
        return times(ONES, transposed(a))
    if ranks not in ((0, 1), (0, 2)):
        return call("expand")(a)
    if a.text == "0":
        return Piece("𝟎", r"\mathbf{0}")
    return times(a, ONES if ranks[1] == 1 else times(ONES, transposed(ONES)))


def root(a: Piece, **attrs: Any) -> Piece:
    """Write a square root."""
    return Piece(f"√{bracket(a, ATOM).text}", rf"\sqrt{{{a.latex}}}", POWER)


def call(text: str, latex: str | None = None) -> Notation:
    """Return the notation of a function called by name: ``softmax(z)``."""
    command = latex or rf"\operatorname{{{text}}}"

    def write(*args: Piece, **attrs: Any) -> Piece:
        inside = join((", ", ", "), args, RELATION)
        return Piece(f"{text}({inside.text})", rf"{command}\left({inside.latex}\right)", CALL)

    return write


def around(left: tuple[str, str], right: tuple[str, str]) -> Notation:
    """Return the notation of an op written as a pair of brackets: ``|x|``, ``⌊x⌋``."""

    def write(a: Piece, **attrs: Any) -> Piece:
        return Piece(f"{left[0]}{a.text}{right[0]}", rf"{left[1]}{a.latex}{right[1]}")

    return write


def between(text: str, latex: str) -> Notation:
    """Return the notation of a binary op that binds like a product: ``x ⋆ K``."""

    def write(a: Piece, b: Piece, **attrs: Any) -> Piece:
        return join((f" {text} ", f" {latex} "), [bracket(a, CALL), bracket(b, CALL)], PRODUCT)

    return write


def logarithm(a: Piece, **attrs: Any) -> Piece:
    """Write a logarithm; a plain number needs no brackets: ``log 2``."""
    if set(a.text) <= _DIGITS:
        return Piece(f"log {a.text}", rf"\log {a.latex}", PRODUCT)
    return call("log", r"\log")(a)


_SUPERSCRIPTS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
"""Digits to subscript digits, for str.translate."""


def superscript(piece: Piece) -> str:
    """Return an exponent in plain text: ``²`` where Unicode has it, else ``^(...)``."""
    if re.fullmatch(r"−?\d+", piece.text):
        return piece.text.translate(_SUPERSCRIPTS)
    return "^" + bracket(piece, POWER).text


def transposed(a: Piece, **attrs: Any) -> Piece:
    """Write a transpose; that of a column of numbers is a row."""
    if a.prec == ATOM and a.text.startswith("[") and a.text.endswith("]ᵀ"):
        return Piece(a.text[:-1], a.latex.replace(r" \\ ", " & "))
    if a.turned is not None:
        return a.turned
    base = _base(a)
    return Piece(f"{base.text}ᵀ", rf"{{{base.latex}}}^\top", POWER)


def number_piece(number: Fraction) -> Piece:
    """Write a rational: whole, as a decimal where the denominator is a multiple of ten, else a fraction."""
    if number < 0:
        size = number_piece(-number)
        return Piece(f"−{size.text}", f"-{size.latex}", SIGN)
    above, below = number.numerator, number.denominator
    if below == 1:
        return Piece(str(above), str(above))
    twos_and_fives = pow(10, below.bit_length(), below) == 0
    if below % 10 == 0 and twos_and_fives and below <= 10**6:
        decimal = f"{Decimal(above) / Decimal(below):f}"
        return Piece(decimal, decimal)
    return Piece(f"{above}/{below}", rf"\frac{{{above}}}{{{below}}}", PRODUCT)


def number_pieces(numbers: Sequence[Fraction]) -> list[Piece]:
    """Write the numbers of one array alike: all as decimals where one is, if the decimals of all end soon."""
    pieces = [number_piece(n) for n in numbers]
    if not any("." in p.text for p in pieces) or any(10**6 % n.denominator for n in numbers):
        return pieces
    texts = [f"{Decimal(n.numerator) / Decimal(n.denominator):f}" for n in numbers]
    return [
        Piece(t.replace("-", "−"), t, SIGN if t.startswith("-") else ATOM) if "." in t else piece
        for t, piece in zip(texts, pieces, strict=True)
    ]


def array_piece(entries: Sequence[Piece], shape: Shape) -> Piece:
    """Write an array: vectors as columns, matrices by rows, more axes as nested lists."""
    if not shape:
        return entries[0]
    if len(shape) == 1:
        text = f"[{' '.join(e.text for e in entries)}]ᵀ"
        return Piece(text, _matrix([[e] for e in entries]))
    step = len(entries) // shape[0] if shape[0] else 0
    parts = [entries[i * step : (i + 1) * step] for i in range(shape[0])]
    if len(shape) == 2:
        rows = "; ".join(" ".join(e.text for e in row) for row in parts)
        return Piece(f"[{rows}]", _matrix(parts))
    inner = [array_piece(part, shape[1:]) for part in parts]
    listed = join((", ", ", "), inner, RELATION)
    return Piece(f"[{listed.text}]", rf"\left[{listed.latex}\right]")


def _matrix(rows: Sequence[Sequence[Piece]]) -> str:
    body = r" \\ ".join(" & ".join(e.latex for e in row) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


# -- names -------------------------------------------------------------------------------------

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
).split()
LETTERS = dict(zip(_GREEK, "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", strict=True))
"""Greek letters by name."""

_SHORT = {"lam": "lambda", "eps": "epsilon"}
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}


def letter(base: str, bold: bool) -> Piece:
    """Return the body of a name: a Latin or Greek letter, or a word set upright."""
    base = _SHORT.get(base, base)
    if base in LETTERS:
        latex = rf"\{base}"
        return Piece(LETTERS[base], rf"\boldsymbol{{{latex}}}" if bold else latex)
    if len(base) == 1:
        return Piece(base, rf"\mathbf{{{base}}}" if bold else base)
    return Piece(base, rf"\text{{{base}}}")


def subscript(part: str) -> Piece:
    """Return one part of a subscript: digits and letters side by side slanted, words upright."""
    if part in LETTERS:
        return letter(part, bold=False)
    letters = len(part) == 1 or (len(part) == 2 and not set(part) & set("aeiou"))
    slanted = part.isdigit() or (letters and part.islower())
    return Piece(part, part if slanted else rf"\text{{{part}}}")


def symbol_piece(name: str, shape: Shape = ()) -> Piece:
    """Write a variable's name: ``z_out``, ``h1``, ``W_hx``, ``theta``, ``n'``; bold unless scalar."""
    if name.endswith("²"):  # no variable of a working is called so, but moments are: E(h_1²)
        return raised(symbol_piece(name[:-1], shape), Piece("2", "2"))
    if of := re.fullmatch(r"(\w+)\((.+)\)", name):
        return call(of[1])(symbol_piece(of[2], shape))
    if name.endswith("'"):
        body = symbol_piece(name[:-1], shape)
        return Piece(f"{body.text}'", f"{body.latex}'")
    base, *parts = [p for p in name.split("_") if p] or [name]
    tail = re.fullmatch(r"([A-Za-z]+?)(\d+)", base)
    if tail:
        base, parts = tail[1], [tail[2], *parts]
    body = letter(base, bold=bool(shape))
    if parts and parts[0] in _ACCENTS:
        accent = parts.pop(0)
        body = Piece(body.text + _ACCENTS[accent], rf"\{accent}{{{body.latex}}}")
    if not parts:
        return body
    lower = [subscript(p) for p in parts]
    inside = ",".join(p.text for p in lower)
    digits = all(p.text.isdigit() for p in lower)
    text = inside.translate(SUBSCRIPTS) if digits else "_" + inside
    latex = ",".join(p.latex for p in lower)
    if latex.startswith(r"\text") and len(lower) == 1:
        return Piece(body.text + text, f"{body.latex}_{latex}")
    return Piece(body.text + text, f"{body.latex}_{{{latex}}}")


def name_piece(name: Name, shape: Shape) -> Piece:
    """Write the name of a node; adjoints are written as derivatives."""
    if isinstance(name, str):
        return symbol_piece(name, shape)
    of, at = (bracket(write(n), ATOM) for n in name)
    latex = rf"\frac{{\partial {of.latex}}}{{\partial {at.latex}}}"
    return Piece(f"∂{of.text}/∂{at.text}", latex, PRODUCT)


# -- nodes -------------------------------------------------------------------------------------


def write(node: Node, pieces: Mapping[Node, Piece] | None = None, *, own_name: bool = True) -> Piece:
    """Write ``node``: named nodes by name, others by their op's notation.

    ``pieces`` says how to write particular nodes, such as named ones by their values;
    ``own_name=False`` writes what the node is instead of what it is called.
    """
    done: dict[Node, Piece] = dict(pieces or {})
    stack = [node := lift(node)]
    while stack:
        top = stack[-1]
        if top in done:
            stack.pop()
        elif top.name is not None and (top is not node or own_name or top.op.name == "symbol"):
            done[top] = name_piece(top.name, top.shape)._replace(rank=top.ndim)
        elif missing := [a for a in top.args if a not in done]:
            stack.extend(missing)
        else:
            piece = top.op.notation(*(done[a] for a in top.args), **dict(top.attrs))
            done[top] = piece._replace(rank=top.ndim)
    return done[node]
