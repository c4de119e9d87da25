"""What a line of an old exam is marked as: a part, a question, points, an option, a solution, an image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

WORDS = ("part", "problem", "heading")
"""Styles that head parts and problems; the others only number."""

_PARTS = "part|partie|teil|parte|section|block"
_PROBLEMS = "problem|problème|problema|exercise|exercice|ejercicio|aufgabe|question|frage|task"
_UNIT = r"(?:points?|pts?|pkte?|punkte?|puntos?|punti|pontos?|marks?|credits?)\b\.?"
_NUMBER = r"(?P<n>\d{1,4}(?:[.,]\d{1,2})?)"
_POINTS = re.compile(
    rf"[\(\[]\s{{0,3}}\**\s{{0,3}}\$?(?:worth )?{_NUMBER}\s{{0,3}}{_UNIT}\s{{0,3}}\$?\**\s{{0,3}}[\)\]]",
    re.IGNORECASE,
)
_BARE_POINTS = re.compile(
    rf"\$\s{{0,3}}{_NUMBER}\s{{0,3}}{_UNIT}\s{{0,3}}\$"
    rf"|^\W{{0,9}}{_NUMBER.replace('<n>', '<m>')}\s{{0,3}}{_UNIT}\W{{0,9}}$",
    re.IGNORECASE,
)
_TITLED = re.compile(
    rf"(?P<word>{_PARTS}|{_PROBLEMS})\s+(?P<label>\d{{1,3}}|[IVX]{{1,4}}|[A-Z])(?![\w-])\s*(?P<end>[:.)–—-]?)\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_HASHES = re.compile(r"#{1,6}(?:\s+|$)")
_NUMBERED = re.compile(r"(?:Q\s?)?(?P<label>\d{1,3})(?P<end>[.):]?)(?:\s+|$|(?=[(\[*]))(?P<rest>.*)")
_PLAIN = re.compile(
    r"(?:Q\s?)?(?:(?P<number>\d{1,3})[.)]|\((?P<bracketed>\d{1,3})\)|\(?(?P<letter>[a-z]|[ivx]{2,5})\)|(?P<dotted>\d{1,2}\.\d{1,2})[.)]?)"
    r"(?:\s+|$|(?=[(\[*]))(?P<rest>.*)"
)
_BULLET = re.compile(r"\s*[-*+•‣▪–]\s+")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
_SOLUTION = re.compile(
    r"\s*(?:[-*]\s+)?\**(?:model\s+)?(?:solution|answer|corrigé|lösung|réponse|solución)\**\s*(?::|\.\**(?=\s|$))\s*\**\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\W*(?:explain|describe|compute|derive|show|prove|what|why|how|which|who|when|give|consider|let|suppose|define|"
    r"calculate|find|write|determine|state|discuss|compare|draw|name|list|is|are|can|do|does|assume|fill|briefly|"
    r"question|berechne|erkläre|zeige|calculer|montrer|expliquer|donner)\b",
    re.IGNORECASE,
)
_FILLED = "■☑☒✅✔✓◼⬛●◉"
_OPEN = "□☐▢◻⬜○◯❏❑"
_FILLED_LATEX = "blacksquare|boxtimes|CheckedBox|XBox|checkmark|CorrectChoice|correctchoice"
_OPEN_LATEX = "square|Box|bigcirc|Square|choice"
_BOX = re.compile(
    rf"\s*(?P<dollars>\$\$?)?\s*(?:\\hfill\s*)?"
    rf"(?:(?P<filled>[{_FILLED}]|\\(?:{_FILLED_LATEX})(?![A-Za-z])|\[[xX]\](?=\s))"
    rf"|(?P<open>[{_OPEN}]|\\(?:{_OPEN_LATEX})(?![A-Za-z])|\[ ?\](?=\s)))\s*"
)
_IMAGE = re.compile(
    r"!\[(?P<alt>[^\]]{0,300})\]\((?P<file>[^)]{0,300})\)|\\includegraphics(?:\[[^\]]{0,300}\])?\{(?P<tex>[^}]{0,300})\}"
)
_CAPTION = re.compile(
    r"\s*\**(?:Figure|Fig\.|Abbildung|Figura)\s*\d+[a-z]?\s*\**[:.]\s*(?P<text>.*)", re.IGNORECASE
)


@dataclass(frozen=True)
class Mark:
    """The beginning of an entry: its style, its number in each way of counting, and what follows."""

    style: str
    label: str
    values: dict[str, int]
    rest: str
    points: bool
    """Whether points stand in the line."""


def mark_of(text: str) -> Mark | None:
    """Return how a line begins an entry, or None where it is text."""
    if len(text) > 20_000 or "\t" in text.strip():
        return None
    bare, hashes, bold = _bare(text)
    points = _POINTS.search(bare) is not None
    titled = _TITLED.match(bare)
    if titled and (hashes or bold or titled["end"] or points or not titled["rest"]):
        style = "part" if re.fullmatch(_PARTS, titled["word"], re.IGNORECASE) else "problem"
        value = _value(titled["label"])
        if value:
            label = f"{titled['word'].capitalize()} {titled['label']}"
            return Mark(style, label, {style: value}, _unbold(titled["rest"]), points)
    if hashes:
        numbered = _NUMBERED.match(bare)
        if numbered and int(numbered["label"]):
            label, value = numbered["label"], int(numbered["label"])
            return Mark("heading", label, {"heading": value}, _unbold(numbered["rest"]), points)
        return Mark("title", "", {}, _unbold(bare), points)
    return _plain_mark(bare, points)


def _plain_mark(bare: str, points: bool) -> Mark | None:
    math = re.match(r"\$\$?\s*(?=\d{1,2}\.\s+\\?[A-Za-z])", bare)
    plain = _PLAIN.match(bare[math.end() :] if math else bare)
    if plain is None:
        return None
    rest = _unbold(plain["rest"])
    if math:
        rest = math[0].strip() + rest
    if plain["dotted"]:
        value = int(plain["dotted"].split(".")[1])
        return Mark("dotted", plain["dotted"], {"dotted": value}, rest, points) if value else None
    digits = plain["number"] or plain["bracketed"]
    if digits:
        return Mark("number", digits, {"number": int(digits)}, rest, points) if int(digits) else None
    letters = plain["letter"]
    values = {"letter": ord(letters) - ord("a") + 1} if len(letters) == 1 else {}
    if letters in _ROMAN:
        values["roman"] = _ROMAN[letters]
    return (
        Mark("letter" if "letter" in values else "roman", f"({letters})", values, rest, points)
        if values
        else None
    )


def _bare(text: str) -> tuple[str, bool, bool]:
    """Return a line without bullet, hashes and leading bold, and whether it had hashes and was bold."""
    bare = text.strip()
    if bullet := _BULLET.match(bare):
        bare = bare[bullet.end() :]
    heading = _HASHES.match(bare)
    if heading:
        bare = bare[heading.end() :].rstrip("# ")
    bold = bare.startswith("**")
    return (bare[2:] if bold else bare), heading is not None, bold


def _unbold(text: str) -> str:
    """Return a text without bold marks that have no partner, or that enclose all of it."""
    bare = text.strip()
    if bare.count("**") % 2:
        return bare.replace("**", "", 1)
    whole = re.fullmatch(r"\*\*([^*]+)\*\*", bare)
    return whole[1] if whole else bare


def _value(label: str) -> int:
    if label.isdigit():
        return int(label)
    lower = label.lower()
    return _ROMAN.get(lower, ord(lower) - ord("a") + 1 if len(lower) == 1 else 0)


def points_in(text: str, *, bare: bool = False) -> tuple[list[Fraction], str]:
    """Return the points in brackets in a line (``bare``: also alone or in dollars), and the rest."""
    found = list(_POINTS.finditer(text))
    if not found and bare:
        found = list(_BARE_POINTS.finditer(text))
    values = [
        Fraction((m["n"] or m["m"] if "m" in m.re.groupindex else m["n"]).replace(",", ".")) for m in found
    ]
    rest = text
    for match in reversed(found):
        rest = f"{rest[: match.start()].rstrip()} {rest[match.end() :].lstrip()}"
    return values, _unbold(rest.strip().lstrip(":").strip()) if found else text


def asks(text: str) -> bool:
    """Say whether a text begins as a question or a task does."""
    return _TASK.match(text) is not None


def bulleted(text: str) -> bool:
    """Say whether a line is an item of a list."""
    return _BULLET.match(text) is not None


def without_bullet(text: str) -> str:
    """Return a line without its bullet."""
    match = _BULLET.match(text)
    return text[match.end() :] if match else text


def box_of(text: str) -> tuple[bool, str] | None:
    """Return whether the box at the beginning of a line is filled, and what follows; None without a box."""
    bare = without_bullet(text).strip()
    match = _BOX.match(bare)
    if match is None:
        return None
    rest, dollars = bare[match.end() :].strip(), match["dollars"] or ""
    if dollars:
        rest = rest[len(dollars) :].strip() if rest.startswith(dollars) else dollars + rest
    return match["filled"] is not None, rest


def solution_of(text: str) -> str | None:
    """Return what follows ``Solution:`` in a line; None where no solution begins."""
    match = _SOLUTION.match(text)
    if match is None or re.fullmatch(r"[\s_.…]+", match["rest"] or ""):
        return None
    return _unbold(match["rest"])


def images_in(text: str) -> tuple[list[str], str]:
    """Return what the images in a line are called, and the line without them."""
    names = [m["alt"] or m["file"] or m["tex"] or "without a name" for m in _IMAGE.finditer(text)]
    rest = _IMAGE.sub("", text).rstrip() if names else text
    caption = _CAPTION.match(rest)
    if caption:
        return [*names, rest.strip()], ""
    return names, rest
