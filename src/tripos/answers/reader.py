"""One reader for what people write: LaTeX, Unicode and plain notation to a graph.

All input is consumed or the answer is unread, with the place and a plain explanation.  Nothing is ever
run: the grammar below is all there is, and it stands in one file so that it can be read as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from ..graph import (
    GraphError,
    Node,
    absolute,
    constant,
    decimal,
    dims,
    exp,
    floor,
    log,
    maximum,
    minimum,
    pi,
    relu,
    sigmoid,
    softmax,
    softplus,
    sqrt,
    stack,
    tanh,
    where,
)
from ..graph.growth import growth
from ..graph.notation import LETTERS
from ..graph.ops.elementwise import greater, greater_equal
from .tokens import MAX_LENGTH, Token, Unread, canonical, plain, tokens_of

MAX_DEPTH = 60
"""Deepest nesting of brackets."""

MAX_DIGITS = 1_000
"""Longest number, in characters."""

_GREEK_NAMES = {letter: name for name, letter in LETTERS.items()}
_WRAPPERS = ("mathbf", "boldsymbol", "mathrm", "mathit", "operatorname", "text", "bm", "mathsf")
_TIMES = ("*", "·", "⋅", "×", r"\cdot", r"\times")

_FUNCTIONS: dict[str, Callable[..., Node]] = {
    "tanh": tanh,
    "exp": exp,
    "log": log,
    "ln": log,
    "sqrt": sqrt,
    "sigma": sigmoid,
    "sigmoid": sigmoid,
    "relu": relu,
    "softplus": softplus,
    "softmax": softmax,
    "max": maximum,
    "min": minimum,
    "floor": floor,
    "abs": absolute,
}


def read(
    text: str,
    names: Mapping[str, Node] | None = None,
    *,
    shape: bool = False,
    sizes: Sequence[Node] = (),
) -> Node:
    """Return the graph that ``text`` means over ``names``; raise Unread where it has no meaning.

    ``shape=True`` reads 54×54×96 as a shape; ``sizes`` are what grows in an O(...).
    """
    if len(text) > MAX_LENGTH:
        raise Unread(text[:60], 0, f"an answer has at most {MAX_LENGTH} characters, found {len(text)}")
    table = {canonical(name): node for name, node in (names or {}).items()}
    parser = _Parser(plain(text), table, shape, sizes)
    try:
        return parser.whole()
    except GraphError as error:
        raise Unread(parser.text, parser.token.place, str(error)) from None
    except RecursionError:
        raise Unread(parser.text, parser.token.place, "the answer is nested too deeply") from None


class _Parser:
    def __init__(self, text: str, names: Mapping[str, Node], shape: bool, sizes: Sequence[Node]):
        self.text = text
        self.tokens = tokens_of(text)
        self.names = names
        self.shape = shape
        self.sizes = sizes
        self.at = 0
        self.depth = 0

    # -- tokens --

    @property
    def token(self) -> Token:
        return self.tokens[min(self.at, len(self.tokens) - 1)]

    def fail(self, expected: str) -> Unread:
        found = repr(self.token.text) if self.token.text else "the end"
        return Unread(self.text, self.token.place, f"expected {expected}, found {found}")

    def take(self, *texts: str) -> bool:
        if self.token.text in texts:
            self.at += 1
            return True
        return False

    def need(self, text: str) -> None:
        if not self.take(text):
            raise self.fail(repr(text))

    # -- grammar --

    def whole(self) -> Node:
        if self.token.kind == "end of answer":
            raise self.fail("an answer")
        node = self._shape() if self.shape else None
        node = self.sum() if node is None else node
        if self.token.kind != "end of answer":
            raise self.fail("an operator or the end")
        return node

    def _shape(self) -> Node | None:
        """Read 54×54×96 (with x or * for ×) or (54, 54, 96); consume nothing where it is neither."""
        start, closing = self.at, ")" if self.take("(") else ""
        between = (",",) if closing else ("x", "X", *_TIMES)
        parts: list[str] = []
        while self.token.text.isdigit():
            parts.append(self.token.text)
            self.at += 1
            if not self.take(*between):
                break
        closed = not closing or self.take(closing)
        if parts and closed and self.token.kind == "end of answer":
            return dims(*(int(part) for part in parts))
        self.at = start
        return None

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"at most {MAX_DEPTH} levels of brackets")
        node = self.product()
        while self.token.text in ("+", "-"):
            sign = self.token.text
            self.at += 1
            other = self.product()
            node = node + other if sign == "+" else node - other
        self.depth -= 1
        return node

    def product(self) -> Node:
        node = self.unary()
        while True:
            if self.take(*_TIMES):
                node = _times(node, self.unary())
            elif self.take("/", r"\over"):
                node = node / self.unary()
            elif self._begins_factor():
                node = _times(node, self.power())
            else:
                return node

    def _begins_factor(self) -> bool:
        token = self.token
        if token.kind in ("number", "name", "begin"):
            return True
        ends = (r"\rfloor", r"\right", r"\top", r"\}", r"\ge", r"\le", r"\geq", r"\leq", r"\to", r"\text")
        if token.kind == "command":
            return token.text not in (*ends, *_TIMES)
        return token.text in ("(", "[", "√", "⌊", "{")

    def unary(self) -> Node:
        if self.take("-"):
            return -self.unary()
        if self.take("+"):
            return self.unary()
        return self.power()

    def power(self) -> Node:
        base = self.atom()
        while True:
            if self.take("^", "**"):
                if self.take("T", r"\top"):
                    base = base.T if base.ndim == 2 else base
                    continue
                braced = self.token.text == "{" and self.tokens[self.at + 1].text in ("T", r"\top")
                if braced:
                    self.at += 2
                    self.need("}")
                    base = base.T if base.ndim == 2 else base
                    continue
                return base ** self.exponent()
            if self.take("ᵀ", "'"):
                base = base.T if base.ndim == 2 else base
                continue
            return base

    def exponent(self) -> Node:
        if self.take("{"):
            node = self.sum()
            self.need("}")
            return node
        if self.take("-"):
            return -self.exponent()
        return self.power()

    def group(self, closing: str) -> Node:
        node = self.sum()
        self.need(closing)
        return node

    def atom(self) -> Node:
        token = self.token
        self.at += 1
        if token.kind == "number":
            return _number(token.text)
        if token.kind in ("name", "command", "words"):
            return self.word(token)
        if token.kind == "begin":
            return self.cases() if "cases" in token.text else self.matrix()
        if token.text == "(":
            return self.group(")")
        if token.text == "{":
            return self.group("}")
        if token.text == "[":
            return self.array()
        if token.text == "|":
            return absolute(self.group("|"))
        if token.text == "⌊":
            return floor(self.group("⌋"))
        if token.text == "√":
            return sqrt(self.atom())
        self.at -= 1
        raise self.fail("a number, a name or a bracket")

    def word(self, token: Token) -> Node:
        word = token.text.removeprefix("\\")
        if token.kind == "words":
            word = re.sub(r"text\s*\{|\}", "", word).strip()
        if word in ("frac", "tfrac", "dfrac"):
            above = self.argument()
            return above / self.argument()
        if word == "sqrt" and self.token.text == "{":
            return sqrt(self.argument())
        if word == "lfloor":
            return floor(self.group(r"\rfloor"))
        if word in _WRAPPERS and token.kind == "command":
            word = self.raw_argument()
        word = _GREEK_NAMES.get(word, word)
        return self.name(word, token)

    def name(self, word: str, token: Token) -> Node:
        full = word
        while self.token.text == "_":
            self.at += 1
            full += "_" + self.raw_argument()
        after = self.token
        joined = after.kind == "number" and after.place and self.text[after.place - 1].isalpha()
        if joined and canonical(full + after.text) in self.names:
            self.at += 1
            return self.names[canonical(full + after.text)]
        node = self.names.get(canonical(full))
        if node is not None:
            return node
        if full == word and word in ("O", "Theta") and self.sizes and self.take("("):
            return growth(self.group(")"), *self.sizes)
        if full == word and word in _FUNCTIONS:
            return self.function(word)
        if word == "e" and full == word:
            return exp(constant(1)) if self.token.text not in ("^", "**") else self.natural_power()
        if word == "pi" and full == word:
            return pi()
        if full == word and token.kind == "name" and len(word) > 1 and all(c in self.names for c in word):
            node = self.names[word[0]]
            for letter in word[1:]:
                node = _times(node, self.names[letter])
            return node
        known = ", ".join(self.names) or "none"
        raise Unread(self.text, token.place, f"the name {full!r} is not known here; known names: {known}")

    def natural_power(self) -> Node:
        self.at += 1
        return exp(self.exponent())

    def function(self, word: str) -> Node:
        power = self.exponent() if self.take("^", "**") else None
        args = []
        if self.take("(", "{"):
            closing = ")" if self.tokens[self.at - 1].text == "(" else "}"
            args.append(self.sum())
            while self.take(","):
                args.append(self.sum())
            self.need(closing)
        else:
            args.append(self.power())
        wanted = 2 if word in ("max", "min") else 1
        if len(args) != wanted:
            raise Unread(self.text, self.token.place, f"{word} takes {wanted} argument(s), found {len(args)}")
        node = _FUNCTIONS[word](*args)
        return node if power is None else node**power

    def argument(self) -> Node:
        if self.take("{"):
            return self.group("}")
        token = self.token
        if token.text.isdigit() and len(token.text) > 1:  # \\frac12 is one half
            self.tokens[self.at] = Token("number", token.text[1:], token.place + 1)
            return constant(int(token.text[0]))
        return self.atom()

    def raw_argument(self) -> str:
        """Return the text of one argument, for names: a braced word, words set upright, or one token."""
        if self.token.kind == "words":
            self.at += 1
            return re.sub(r"\\text\s*\{|\}", "", self.tokens[self.at - 1].text).strip()
        if not self.take("{"):
            self.at += 1
            return self.tokens[self.at - 1].text.removeprefix("\\")
        start = self.at
        while self.token.text != "}":
            if self.token.kind == "end of answer":
                raise self.fail("'}'")
            self.at += 1
        self.at += 1
        raw = "".join(t.text for t in self.tokens[start : self.at - 1])
        return re.sub(r"\\text\s*\{|[{}\\]", "", raw)

    def array(self) -> Node:
        """Read [1, 2], [1 2; 3 4] or [[1, 2], [3, 4]] after its opening bracket."""
        rows: list[list[Node]] = [[]]
        while not self.take("]"):
            if self.token.kind == "row":
                self.at += 1
                rows.append([])
            elif not self.take(","):
                rows[-1].append(self.entry())
        return self.rows(rows)

    def entry(self) -> Node:
        """Read one entry of an array, in which a space ends the entry."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"at most {MAX_DEPTH} levels of brackets")
        negative = self.take("-")
        node = self.power()
        while self.token.text in ("/", "*", "·", r"\cdot", "+") or self._binary_minus() or self._adjoins():
            if self._adjoins():
                node = _times(node, self.power())
                continue
            sign = self.token.text
            self.at += 1
            other = self.power() if sign in ("/", "*", "·", r"\cdot") else self.product()
            if sign == "/":
                node = node / other
            elif sign in ("+", "-"):
                node = (-node if negative else node) + (other if sign == "+" else -other)
                negative = False
            else:
                node = _times(node, other)
        self.depth -= 1
        return -node if negative else node

    def _binary_minus(self) -> bool:
        """Say whether a minus stands between two operands: ``1 - 2``, but not ``1 -2``."""
        if self.token.text != "-":
            return False
        after = self.text[self.token.place + 1 : self.token.place + 2]
        before = self.text[self.token.place - 1 : self.token.place]
        return after.isspace() or not before.isspace()

    def _adjoins(self) -> bool:
        """Say whether a factor follows without a space: ``2x``, but not ``2 x``."""
        before = self.text[self.token.place - 1 : self.token.place]
        return self._begins_factor() and (before.isalnum() or before in (")", "}"))

    def matrix(self) -> Node:
        rows: list[list[Node]] = [[]]
        while self.token.kind != "end":
            if self.token.kind == "row":
                self.at += 1
                rows.append([])
            elif not self.take("&"):
                rows[-1].append(self.sum())
        self.at += 1
        return self.rows([row for row in rows if row], column=True)

    def rows(self, rows: list[list[Node]], *, column: bool = False) -> Node:
        if not rows or not rows[0]:
            raise self.fail("an entry")
        if len({len(row) for row in rows}) > 1:
            raise self.fail("rows of equal length")
        if len(rows) == 1:
            return stack(*rows[0]) if not column else stack(stack(*rows[0]))
        if column and len(rows[0]) == 1:
            return stack(*(row[0] for row in rows))
        return stack(*(stack(*row) for row in rows))

    def cases(self) -> Node:
        """Read a definition by cases; the last one may be 'otherwise'."""
        branches: list[tuple[Node, Node | None]] = []
        while self.token.kind != "end":
            value = self.sum()
            self.take(",")
            self.take("&")
            branches.append((value, self.condition()))
            self.take(",", ".")
            if self.token.kind == "row":
                self.at += 1
        self.at += 1
        if not branches:
            raise self.fail("a case")
        node = branches[-1][0]
        for value, condition in reversed(branches[:-1]):
            if condition is None:
                raise self.fail("'otherwise' in the last case only")
            node = where(condition, value, node)
        return node

    def condition(self) -> Node | None:
        if self.token.kind == "words":
            words = self.token.text.lower()
            if "if" in words:
                self.at += 1
            elif "otherwise" in words or "else" in words:
                self.at += 1
                return None
        left = self.sum()
        relation = self.token.text
        self.at += 1
        right = self.sum()
        if relation in (">", "<"):
            return greater(left, right) if relation == ">" else greater(right, left)
        if relation in (">=", "≥", r"\ge", r"\geq"):
            return greater_equal(left, right)
        if relation in ("<=", "≤", r"\le", r"\leq"):
            return greater_equal(right, left)
        raise self.fail("a condition such as s > 0")


def _number(text: str) -> Node:
    """Return a literal; one with a decimal point remembers how many places were written."""
    if len(text) > MAX_DIGITS:
        raise GraphError(f"a number has at most {MAX_DIGITS} digits, found {len(text)}")
    mantissa, _, exponent = text.lower().partition("e")
    places = len(mantissa.partition(".")[2]) - int(exponent or 0)
    if places > 0 or "." in mantissa:
        return decimal(Fraction(text), max(places, 0))
    return constant(Fraction(text))


def _times(a: Node, b: Node) -> Node:
    return a @ b if a.ndim and b.ndim else a * b
