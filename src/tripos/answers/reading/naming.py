"""Names in an answer: which declared name stands here, and whether its subscript is a position."""

from __future__ import annotations

from typing import Any

from .cursor import Cursor
from .names import Parts, accented, bare, raw
from .tokens import ACCENTS, Unread

Expr = tuple[Any, ...]


def name_from(p: Cursor, base: str, at: int) -> Expr:
    """Return the name that begins with ``base``, the longest that is declared, and its positions.

    The words of the base were stepped over; ``at`` is where it began.  Raise Unread where it is not known.
    """
    base = bare(base)
    names = p.names
    here = p.at
    after = p.w[here]
    kind = p.k[here]
    if base in p.bound:
        return ("index", base)
    if not (kind == "o" and after in ("_", "^", "'", "''")) and not (kind == "n" and p.glued()):
        spelt = names.simple.get(base) or names.loose.get(base)
        if spelt is not None:
            if after == "[" and p.glued() and p.declared[spelt].shape:
                return _in_brackets(p, spelt)
            return ("name", spelt)
        raise _unknown(p, base, at)
    return _tail(p, (base, "", "", 0), at)


def _tail(p: Cursor, parts: Parts, at: int) -> Expr:
    """Read sub- and superscripts and primes for as long as they belong to a declared name."""
    spelt_by, begun = p.names.spelt, p.names.begun
    while True:
        base, sub, sup, primes = parts
        word, kind = p.w[p.at], p.k[p.at]
        if kind == "n" and not sub and p.glued() and word.isdigit() and (base, word, sup, primes) in begun:
            parts = (base, word, sup, primes)
            p.at += 1
            continue
        if word == "_" and kind == "o":
            longer = _subscript(p, parts)
            if longer is not None:
                parts = longer
                continue
        elif word == "^" and kind == "o" and not sup:
            text, end = raw(p.t, p.at + 1)
            longer = (base, sub, text, primes)
            if longer in begun:
                parts = longer
                p.at = end
                continue
            turned = (base, sub, text[:-1], primes) if text[-1:] == "T" else None
            turned = (base, sub, text[:-1], primes) if text.endswith("ᵀ") else turned
            if turned is not None and turned[2] and turned in spelt_by:
                p.at = end
                return ("transpose", ("name", spelt_by[turned]))
            if text in ("'", "''") and (base, sub, sup, primes + len(text)) in spelt_by:
                parts = (base, sub, sup, primes + len(text))
                p.at = end
                continue
        elif word in ("'", "''") and kind == "o" and (base, sub, sup, primes + len(word)) in spelt_by:
            parts = (base, sub, sup, primes + len(word))
            p.at += 1
            continue
        break
    if parts == ("delta", "", "", 0) and word == "_" and parts not in spelt_by:
        return delta(p)
    spelt = spelt_by.get(parts) or (p.names.loose.get(parts[0]) if not any(parts[1:]) else None)
    if spelt is None:
        raise _unknown(p, _shown(parts), at)
    return _positions_of(p, spelt)


def _positions_of(p: Cursor, spelt: str) -> Expr:
    """Return a declared name with the positions that its subscript gives."""
    expr: Expr = ("name", spelt)
    if p.w[p.at] != "_" or p.k[p.at] != "o":
        return expr
    rank = len(p.declared[spelt].shape)
    if p.declared[spelt].domain == "index":
        rank = 0
    if rank < 2 and spelt in ("delta", "\\delta", "δ") and len(raw(p.t, p.at + 1)[0]) == 2:
        return delta(p)
    if not rank:
        text, _ = raw(p.t, p.at + 1)
        raise _unknown(p, f"{spelt}_{text}", p.at - 1, more=False)
    return ("entry", expr, positions(p, rank))


def name_goes_on(p: Cursor, word: str) -> bool:
    """Say whether a word that is also a function or a constant begins a declared name here: σ_1, sigma1."""
    parts = (bare(word), "", "", 0)
    if parts not in p.names.begun:
        return False
    if p.k[p.at] == "n":
        return p.glued() and (parts[0], p.w[p.at], "", 0) in p.names.begun
    if p.w[p.at] not in ("_", "^") or p.k[p.at] != "o":
        return False
    text, _ = raw(p.t, p.at + 1)
    sub, sup = (text, "") if p.w[p.at] == "_" else ("", text)
    return any(
        known[0] == parts[0] and (sub[: len(known[1])] == known[1] if sub else sup == known[2])
        for known in p.names.spelt
        if (known[1] if sub else known[2])
    )


def entries_of(p: Cursor, base: Expr) -> Expr:
    """Return the entries of an expression whose subscript stands here."""
    rank = None
    if base[0] == "name":
        rank = len(p.declared[base[1]].shape)
    if rank == 0 or base[0] in ("index", "const"):
        raise p.refuse("a single number has no entries")
    return ("entry", base, positions(p, rank))


def delta(p: Cursor) -> Expr:
    """Read the two indices of Kronecker's delta."""
    at = p.at
    if p.w[at + 1] == "{" and p.w[at + 3] == "=":  # δ_{i=j}
        p.at += 2
        value = p.inner(p.condition)
        p.need("}")
        return value
    found = positions(p, 2)
    if len(found) != 2 or None in found:
        raise p.refuse("expected two indices, as in δ_ij", at)
    return ("relation", "=", found[0], found[1])


def positions(p: Cursor, rank: int | None) -> tuple[Expr | None, ...]:
    """Read the positions of a subscript: indices, numbers or expressions, by commas or side by side."""
    if not p.take("_"):
        raise p.fail("a subscript")
    closing = {"{": "}", "(": ")", "[": "]"}.get(p.w[p.at]) if p.k[p.at] == "f" else None
    if closing is None:
        return _unbraced(p, rank)
    p.at += 1
    found = _listed(p, closing, rank)
    p.need(closing)
    return found


def _listed(p: Cursor, closing: str, rank: int | None) -> tuple[Expr | None, ...]:
    if _adjacent(p, closing) and rank != 1:
        found: list[Expr | None] = []
        while p.w[p.at] != closing:
            found += _unbraced(p, None)
        return tuple(found)
    found = []
    while True:
        if p.take(":"):
            found.append(None)
        else:
            found.append(p.inner(p.sum))
        if not p.take(","):
            return tuple(found)


def _adjacent(p: Cursor, closing: str) -> bool:
    """Say whether a subscript is letters and digits side by side, as in ``W_{ij}``."""
    at = p.at
    while p.w[at] != closing:
        if p.k[at] not in ("w", "n") or not p.k[at]:
            return False
        at += 1
    return True


def _unbraced(p: Cursor, rank: int | None) -> tuple[Expr | None, ...]:
    """Read positions without braces: one letter for each axis, or one number."""
    at, word = p.at, p.w[p.at]
    if p.k[at] == "n":
        if not word.isdigit():
            raise p.fail("a position")
        p.at += 1
        if rank is None or rank == len(word) > 1:
            return tuple(("number", digit) for digit in word)
        return (("number", word),)
    if p.k[at] == "w" and word[0] != "\\" and len(word) > 1:
        count = len(word) if rank is None else rank
        if 1 < count <= len(word) and all(c in p.bound or c in p.names.simple for c in word[:count]):
            return tuple(_letter(p, at, 1) for _ in range(count))
        for size in range(len(word), 0, -1):
            if word[:size] in p.bound or word[:size] in p.names.simple:
                return (_letter(p, at, size),)
        return (_letter(p, at, 1),)
    if p.k[at] == "w":
        p.at += 1
        return (_plain(p, bare(word), at),)
    raise p.fail("a position, such as i or 2")


def _letter(p: Cursor, at: int, size: int) -> Expr:
    """Read the first letters of a word as an index, and put the rest back."""
    word = p.w[at]
    if size == len(word):
        p.at += 1
    else:
        p.w[at] = word[size:]
        p.t.starts[at] += size
    return _plain(p, word[:size], at)


def _plain(p: Cursor, base: str, at: int) -> Expr:
    if base in p.bound:
        return ("index", base)
    if base in p.names.simple:
        return ("name", p.names.simple[base])
    raise _unknown(p, base, at)


def _in_brackets(p: Cursor, spelt: str) -> Expr:
    """Read positions in square brackets, as in ``W[i, j]``; like all positions they count from 1."""
    p.at += 1
    found = _listed(p, "]", 1)
    p.need("]")
    return ("entry", ("name", spelt), found)


def _subscript(p: Cursor, parts: Parts) -> Parts | None:
    """Return the parts with a subscript that makes a declared name; None where there is none."""
    base, sub, sup, primes = parts
    begun = p.names.begun
    text, end = raw(p.t, p.at + 1)
    longer = (*accented(base, "", sub + text), sup, primes)
    if longer in begun and longer != parts:
        p.at = end
        return longer
    at = p.at + 1
    word = p.w[at]
    if p.k[at] == "w" and word[0] != "\\":
        for size in range(len(word) - 1, 0, -1):
            shorter = (base, sub + word[:size], sup, primes)
            if shorter in begun:
                p.w[at] = word[size:]
                p.t.starts[at] += size
                p.at = at
                return shorter
    if p.k[at] == "n" and word.isdigit() and len(word) > 1 and (base, sub + word[0], sup, primes) in begun:
        p.w[at] = word[1:]
        p.t.starts[at] += 1
        p.at = at
        return (base, sub + word[0], sup, primes)
    return None


def accented_name(p: Cursor, style: str, at: int) -> Expr:
    r"""Read a name under an accent: ``\hat y``, ``\hat{y}_1``, ``\bar{\mathbf z}``."""
    opened = 0
    while p.k[p.at] == "s" or p.w[p.at] == "{":
        opened += p.w[p.at] == "{"
        p.at += 1
    word = p.w[p.at]
    if p.k[p.at] not in ("w", "t"):
        raise p.fail("a name under the accent")
    if not opened and len(word) > 1 and word[0] != "\\":
        p.w[p.at] = word[1:]
        p.t.starts[p.at] += 1
        word = word[0]
    else:
        p.at += 1
    parts: Parts = (f"{bare(word)}~{ACCENTS.get(style, style)}", "", "", 0)
    while opened and p.w[p.at] in ("_", "^", "}"):
        if p.w[p.at] == "}":
            opened -= 1
            p.at += 1
            continue
        upper = p.w[p.at] == "^"
        text, p.at = raw(p.t, p.at + 1)
        parts = (parts[0], parts[1], text, 0) if upper else (parts[0], parts[1] + text, parts[2], 0)
    if opened:
        raise p.fail("'}'")
    return _tail(p, parts, at)


def _shown(parts: Parts) -> str:
    base, sub, sup, primes = parts
    letter, _, mark = base.partition("~")
    text = f"{letter}_{mark}" if mark else letter
    return text + (f"_{sub}" if sub else "") + (f"^({sup})" if sup else "") + "'" * primes


def _unknown(p: Cursor, shown: str, at: int, *, more: bool = True) -> Unread:
    if more and p.w[p.at] == "_" and p.k[p.at] == "o":
        shown = f"{shown}_{raw(p.t, p.at + 1)[0]}"
    known = ", ".join([*p.names.spelt.values(), *p.bound]) or "none"
    return p.refuse(f"the name {shown!r} is not known here; known names: {known}", at)
