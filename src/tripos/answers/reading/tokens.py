"""The words of an answer: numbers, names, commands and symbols, with the place of each.

One compiled expression finds them.  LaTeX commands and Unicode characters that mean the same become the
same word here, so that the grammar knows one notation only.
"""

from __future__ import annotations

import re
import unicodedata

from ...graph.notation import LETTERS

MAX_LENGTH = 10_000
"""Longest answer, in characters."""

MAX_TOKENS = 4_000
"""Longest answer, in words."""


class Unread(ValueError):
    """An answer that could not be read: the place, what was found there, what was expected."""

    def __init__(self, text: str, place: int, message: str):
        self.text, self.place = text, place
        super().__init__(f"{message}, at character {place + 1} of {_excerpt(text, place)!r}")


class TooMany(Unread):
    """A sum that has too many terms at the points where it was to be taken."""


class Misfit(Unread):
    """An answer that was read, but that has no value because shapes in it do not fit."""


class Unsized(Misfit):
    """An answer that is an identity, or a vector of ones, of which nothing says how large it is."""


def _excerpt(text: str, place: int) -> str:
    start = max(0, place - 30)
    return ("…" if start else "") + text[start : place + 30] + ("…" if len(text) > place + 30 else "")


class Tokens:
    """The words of a text in parallel lists: their kinds, what they are, where they begin, where they end.

    Kinds: ``n`` number, ``w`` a word or a letter, ``t`` words set as text, ``f`` an operator that begins a
    factor, ``s`` a style or an accent, ``b`` and ``e`` the beginning and end of an environment, ``o`` any
    other symbol, and an empty kind at the end.
    """

    __slots__ = ("ends", "kinds", "starts", "text", "words")

    def __init__(self, text: str):
        self.text = text
        self.kinds: list[str] = []
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def put(self, kind: str, word: str, start: int, end: int) -> None:
        """Append one word."""
        self.kinds.append(kind)
        self.words.append(word)
        self.starts.append(start)
        self.ends.append(end)


_TOKEN = re.compile(
    r"""(?P<operator>\*\*|//|\.\.\.|\.\*|\./|\.\^|\.T(?![A-Za-z])
          |&&|\|\||[<>=!]=|->|[-+*/^_=<>(),;:|&!%'@\[\]{}]|\.(?![0-9]))
      | (?P<number>(?:[1-9][0-9]{0,2}(?:(?:\\,|\{,\})[0-9]{3})+(?![0-9])(?:\.[0-9]*)?
          |[0-9]+(?:\.(?!T(?![A-Za-z]))[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+(?![0-9.]))?)
      | (?P<letters>(?!(?:np|numpy|torch|math|jnp|tf|F|nn|linalg)\.[A-Za-z])
          (?:(?:log1p|log10|log2|expm1|exp2)(?=\s*[({}])|[A-Za-z]+))
      | (?P<space>(?:\s|~|\$|\\[,;:!>\ ]|\\(?:q?quad|displaystyle|textstyle|limits|nolimits)(?![A-Za-z])
          |\\(?:left|right|middle)\s*\.|\\(?:left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])
          |\\hspace\s*\{[^{}]*\}|\\(?:h|v)?phantom\s*\{[^{}]*\}|(?:np|numpy|torch|math|jnp|tf|F|nn|linalg)\.(?=[A-Za-z])|[\u200b\u2061-\u2064])+)
      | (?P<newline>\\\\(?:\s*\[[0-9a-z. ]*\])?)
      | (?P<words>\\(?:text(?:rm|bf|it|sf|tt|normal|up)?|mbox|hbox)\s*\{(?P<inside>[^{}]*)\})
      | (?P<begin>\\(?P<which>begin|end)\s*\{(?P<env>[A-Za-z]+\*?)\}(?:\s*\{[lcr|@ ]*\})?)
      | (?P<command>\\[A-Za-z]+|\\[{}|%&_\#])
      | (?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵗᵏᵐᵈʲᵃᵇᶜᵉᵖˣʸᶻ]+)
      | (?P<lowered>[₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥᵧᵦ]+)
      | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵗᵏᵐᵈʲᵃᵇᶜᵉᵖˣʸᶻ", "0123456789+-=()niTtkmdjabcepxyz")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥᵧᵦ", "0123456789+-=()aeoxhklmnpstijruvγβ")

GREEK = {letter: name for name, letter in LETTERS.items()} | {
    "ϵ": "epsilon", "ϕ": "phi", "ϑ": "theta", "ϱ": "rho", "ς": "sigma", "µ": "mu", "ϖ": "pi", "Ω": "Omega",
}  # fmt: skip
"""Greek letters and their variants, and the word for each."""

_VARIANTS = {
    "varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varrho": "rho", "varsigma": "sigma",
    "varpi": "pi", "lamda": "lambda",
}  # fmt: skip

STYLES = frozenset(
    "mathbf boldsymbol mathrm mathit mathsf mathtt mathcal mathscr mathfrak bm bf rm it sf cal pmb mathbb "
    "vec "
    "operatorname mathnormal underline textstyle".split()
)
"""Commands that change how a name looks; what is bold, upright or blackboard is the same name."""

ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
    "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve", "mathring": "ring",
}  # fmt: skip
"""Commands that set a mark above a name, which makes another name of it."""

MARKS = {
    "\u0302": "hat", "\u0304": "bar", "\u0305": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0308": "ddot",
    "\u030c": "check", "\u0306": "breve", "\u030a": "ring",
}  # fmt: skip
"""Combining characters that do the same."""

_SAME = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "·": "·", "⋅": "·", "∙": "·", "•": "·", "×": "×",
    "∗": "*", "⋆": "*", "✕": "×", "⊙": "⊙", "∘": "⊙", "◦": "⊙", "⨀": "⊙", "⊗": "⊗", "÷": "/", "∕": "/",
    "⁄": "/",
    "≤": "≤", "⩽": "≤", "≦": "≤", "≥": "≥", "⩾": "≥", "≧": "≥", "≠": "≠", "∞": "∞", "∈": "∈", "∧": "and",
    "∨": "or", "‖": "‖", "∥": "‖", "⌋": "⌋", "⌉": "⌉", "⟩": "⟩", "′": "'", "’": "'", "´": "'", "″": "''",
    "∪": "∪", "∂": "∂", "→": "→", "∇": "∇", "⊤": "ᵀ", "⊺": "ᵀ",
    "≈": "≈", "≃": "≈", "≅": "≈", "…": "…", "⋯": "…",
}  # fmt: skip
_BEGINNING = {
    "√": "√",
    "∛": "∛",
    "∑": "sum",
    "∏": "prod",
    "⌊": "⌊",
    "⌈": "⌈",
    "⟨": "⟨",
    "ℓ": "ell",
    "𝟏": "𝟏",
    "𝟙": "𝟏",
}
_COMMANDS = {
    "cdot": "·", "times": "×", "ast": "*", "star": "*", "odot": "⊙", "circ": "⊙", "bigodot": "⊙",
    "otimes": "⊗",
    "bullet": "·", "div": "/", "over": "/", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥",
    "geqslant": "≥", "lt": "<", "gt": ">", "ne": "≠", "neq": "≠", "infty": "∞", "in": "∈", "land": "and",
    "wedge": "and", "lor": "or", "vee": "or", "|": "‖", "Vert": "‖", "lVert": "‖", "rVert": "‖", "vert": "|",
    "lvert": "|", "rvert": "|", "mid": "|", "rfloor": "⌋", "rceil": "⌉", "rangle": "⟩", "prime": "'",
    "top": "ᵀ",
    "intercal": "ᵀ", "transpose": "ᵀ", "}": "\\}", "cup": "∪", "partial": "∂", "to": "→", "rightarrow": "→",
    "lbrack": "[", "rbrack": "]", "colon": ":", "%": "%", "&": "and", "_": "_", "nabla": "∇", "rbrace": "\\}",
    "lnot": "¬", "neg": "¬", "slash": "/", "rvvert": "‖", "lparen": "(", "rparen": ")", "dagger": "†",
    "approx": "≈", "simeq": "≈", "dots": "…", "cdots": "…", "ldots": "…", "dotsb": "…", "dotsc": "…",
}  # fmt: skip
_COMMANDS_BEGINNING = {
    "frac": "frac", "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "nicefrac": "frac", "sfrac": "frac",
    "binom": "binom", "dbinom": "binom", "tbinom": "binom", "sqrt": "root", "lfloor": "⌊", "lceil": "⌈",
    "langle": "⟨", "{": "\\{", "lbrace": "\\{", "sum": "sum", "prod": "prod",
}  # fmt: skip
_OPERATORS = {
    "**": "^", ".*": "⊙", "./": "/", ".^": "^", ".T": "ᵀ", "&&": "and", "||": "‖", ">=": "≥", "<=": "≤",
    "==": "=",
    "!=": "≠", "->": "→", "...": "…",
}  # fmt: skip
_FRACTIONS = dict(
    zip("½⅓⅔¼¾⅕⅖⅗⅘⅙⅛⅜⅝⅞", "1/2 1/3 2/3 1/4 3/4 1/5 2/5 3/5 4/5 1/6 1/8 3/8 5/8 7/8".split(), strict=True)
)
_OPENING = frozenset("([{")

_KNOWN_COMMANDS = (
    {f"\\{name}": ("w", f"\\{other}") for name, other in _VARIANTS.items()}
    | {f"\\{name}": ("s", name) for name in (*STYLES, *ACCENTS)}
    | {f"\\{name}": ("f", word) for name, word in _COMMANDS_BEGINNING.items()}
    | {f"\\{name}": ("o", word) for name, word in _COMMANDS.items()}
)
"""Commands, and the kind and the word of each; every other one is a name."""


def tokens_of(text: str, *, comma: bool = False) -> Tokens:
    """Return the words of a text, an end marker last; raise Unread at a character without meaning.

    ``comma=True`` reads a comma between two digits as a decimal point.
    """
    if len(text) > MAX_LENGTH:
        raise Unread(text[:60], 0, f"an answer has at most {MAX_LENGTH} characters, found {len(text)}")
    out = Tokens(text)
    _scan(out, re.sub(r"(?<=[0-9]),(?=[0-9])", ".", text) if comma else text, None)
    out.put("", "", len(text), len(text))
    if len(out.kinds) > MAX_TOKENS:
        raise Unread(text, 0, f"an answer has at most {MAX_TOKENS} words, found {len(out.kinds) - 1}")
    return out


def _scan(out: Tokens, text: str, at: int | None) -> None:
    """Append the words of ``text``; ``at`` is their common place where they were one character group."""
    kinds, words, starts, ends = out.kinds.append, out.words.append, out.starts.append, out.ends.append
    for match in _TOKEN.finditer(text):
        group = match.lastgroup
        if group == "space":
            continue
        word = match[0]
        start, end = match.span() if at is None else (at, at + 1)
        if group == "operator":
            kinds("f" if word in _OPENING else "o")
            word = _OPERATORS.get(word, word)
        elif group == "letters":
            kinds("w")
        elif group == "number":
            kinds("n")
            if "," in word:  # digits in groups of three, as in 1\\,000
                word = word.replace("\\,", "").replace("{,}", "")
        else:
            _rarer(out, match, group or "", word, start, end)
            continue
        words(word)
        starts(start)
        ends(end)


def _rarer(out: Tokens, match: re.Match[str], group: str, word: str, start: int, end: int) -> None:
    if group == "command":
        known = _KNOWN_COMMANDS.get(word)
        if known is not None:
            out.put(*known, start, end)
        elif word[1].isalpha():
            out.put("w", word, start, end)
        else:
            raise Unread(out.text, start, f"the command {word!r} has no meaning here")
    elif group == "newline":
        out.put("o", "\\\\", start, end)
    elif group == "words":
        out.put("t", " ".join((match["inside"] or "").split()), start, end)
    elif group == "begin":
        out.put("b" if match["which"] == "begin" else "e", match["env"], start, end)
    elif group in ("raised", "lowered"):
        inside = word.translate(_RAISED if group == "raised" else _LOWERED)
        if group == "raised" and inside == "T":
            out.put("o", "ᵀ", start, end)
            return
        turned = group == "raised" and len(inside) > 1 and inside[-1] == "T"
        out.put("o", "^" if group == "raised" else "_", start, end)
        out.put("f", "{", start, end)
        _scan(out, inside[:-1] if turned else inside, start)
        out.put("o", "}", start, end)
        if turned:
            out.put("o", "ᵀ", start, end)
    else:
        _character(out, word, start, end)


def _character(out: Tokens, word: str, start: int, end: int) -> None:
    if word in GREEK:
        out.put("w", "\\" + GREEK[word], start, end)
    elif word in _SAME:
        out.put("o", _SAME[word], start, end)
    elif word in _BEGINNING:
        out.put("f", _BEGINNING[word], start, end)
    elif word in _FRACTIONS and out.kinds and out.kinds[-1] == "n":
        raise Unread(out.text, start, "a number and a fraction side by side: write their sum, or decimals")
    elif word in _FRACTIONS:
        above, _, below = _FRACTIONS[word].partition("/")
        for kind, part in (("f", "("), ("n", above), ("o", "/"), ("n", below), ("o", ")")):
            out.put(kind, part, start, end)
    elif word in MARKS and out.kinds and out.kinds[-1] == "w":
        _marked(out, MARKS[word], end)
    else:
        plain = unicodedata.normalize("NFD", word)
        if len(plain) == 2 and plain[1] in MARKS and (plain[0].isascii() or plain[0] in GREEK):
            out.put("w", "\\" + GREEK[plain[0]] if plain[0] in GREEK else plain[0], start, end)
            _marked(out, MARKS[plain[1]], end)
            return
        raise Unread(out.text, start, _strange(word))


def _marked(out: Tokens, mark: str, end: int) -> None:
    """Set a mark above the letter before it, as an accent in front of that letter."""
    word, start = out.words.pop(), out.starts.pop()
    out.kinds.pop()
    out.ends.pop()
    letter = word if word[0] == "\\" else word[-1]
    if letter != word:
        out.put("w", word[:-1], start, end - 2)
    out.put("s", mark, start, start)
    out.put("w", letter, start, end)


def _strange(word: str) -> str:
    """Say what is wrong with a character, and which one it looks like."""
    name = unicodedata.name(word, f"U+{ord(word):04X}").lower()
    likely = unicodedata.normalize("NFKC", word)
    hint = (
        f"; write a plain {likely!r}" if likely != word and likely.isascii() and likely.isprintable() else ""
    )
    return f"the character {word!r} ({name}) has no meaning here{hint}"


_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def plain(text: str) -> str:
    """Return text with typographic variants of digits and signs made plain ASCII."""
    text = text.replace("−", "-").replace("–", "-")
    alone = re.compile(rf"([0-9]\s*)?([{''.join(_FRACTIONS)}])")  # after a digit it may be meant to be added
    text = alone.sub(lambda m: m[0] if m[1] else f"({_FRACTIONS[m[2]]})", text)
    text = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "^{" + m.group().translate(_POWERS) + "}", text)
    return re.sub("[₀₁₂₃₄₅₆₇₈₉]+", lambda m: "_{" + m.group().translate(_LOWERED) + "}", text)
