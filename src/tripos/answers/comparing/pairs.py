"""Pairs of a key and an answer, from lines of JSON or from the command line; verdicts as data."""

from __future__ import annotations

import json as encoder
import re
from collections.abc import Iterable, Iterator, Mapping
from time import perf_counter
from typing import Any

from ..declared import DOMAINS, SHORT, Declared
from ..reading.tokens import Unread
from ..verdict import Verdict
from .compare import Reference

MAX_REFERENCES = 256
"""Keys kept prepared at a time, so that memory stays flat."""

_GROUP = re.compile(r"\s*([^:]+?)\s*(?::\s*(.*?)\s*)?$", re.DOTALL)


class BadNames(ValueError):
    """A declaration of names, or a key, that has no meaning: what was found, what was expected."""


def read_names(text: str) -> dict[str, Declared]:
    """Return names from text such as ``W: k×d, h: d, p: probability k, x y: positive, i: index K``.

    Each group is one or more names, and after a colon a domain (real if none), a shape, or both in either
    order.  Sizes are joined by × or x and are whole numbers or names.  Raises BadNames.
    """
    found: dict[str, Declared] = {}
    for group in filter(str.strip, re.split(r"[,;]", text)):
        match = _GROUP.match(group)
        if match is None:
            raise BadNames(f"expected a name before ':', found {group.strip()!r}")
        declared = _declared(match[2] or "", group.strip())
        for name in match[1].split():
            if name in found:
                raise BadNames(f"the name {name} is declared twice")
            found[name] = declared
    return found


def _declared(what: str, group: str) -> Declared:
    words = what.split()
    domain = "real"
    for known in sorted((*DOMAINS, *SHORT), key=len, reverse=True):
        parts = known.split()
        for at in range(len(words) - len(parts) + 1):
            if words[at : at + len(parts)] == parts:
                domain = SHORT.get(known, known)
                words = words[:at] + words[at + len(parts) :]
                break
        else:
            continue
        break
    if len(words) > 1:
        raise BadNames(
            f"in {group!r}: expected a shape such as k×d and a domain, found {' '.join(words)!r}; "
            f"domains are {', '.join(DOMAINS)}"
        )
    return Declared(_shape(words[0], group) if words else (), domain)


def _shape(text: str, group: str) -> tuple[int | str, ...]:
    parts = re.split(r"[×*]|(?<=\d)x(?=\w)|(?<=\w)x(?=\d)|(?<=\b\w)x(?=\w\b)", text)
    for part in parts:
        if not (part.isdigit() and int(part) > 0) and not re.fullmatch(r"[^\W\d]\w*", part):
            raise BadNames(f"in {group!r}: a size is a whole number or a name, found {part!r}")
    return tuple(int(part) if part.isdigit() else part for part in parts)


def declared_from(data: Mapping[str, Any]) -> dict[str, Declared]:
    """Return names from JSON, each as ``{"shape": ["k", "d"], "domain": "real"}``; raise BadNames."""
    found = {}
    for name, what in data.items():
        if not isinstance(what, dict):
            raise BadNames(
                f"{name}: expected an object with shape and domain, found {encoder.dumps(what)[:40]}"
            )
        shape, domain = what.get("shape", []), what.get("domain", "real")
        if not isinstance(shape, list) or not all(
            (isinstance(d, str) and d) or (isinstance(d, int) and not isinstance(d, bool) and d > 0)
            for d in shape
        ):
            raise BadNames(
                f"{name}: a shape is a list of sizes and of their names, found {encoder.dumps(shape)[:40]}"
            )
        if not isinstance(domain, str) or SHORT.get(domain, domain) not in DOMAINS:
            raise BadNames(f"{name}: no domain {encoder.dumps(domain)[:40]}; there are {', '.join(DOMAINS)}")
        found[str(name)] = Declared(tuple(shape), SHORT.get(domain, domain))
    return found


def judge_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Return for each line its fields and the verdict; for a line that is none, its number and the error."""
    references: dict[str, Reference] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            pair = encoder.loads(line)
        except ValueError as error:
            yield {"line": number, "error": f"line {number} is no JSON: {error}"}
            continue
        problem = _problem(pair)
        if problem:
            yield {
                **(pair if isinstance(pair, dict) else {}),
                "line": number,
                "error": f"line {number}: {problem}",
            }
            continue
        begin = perf_counter()
        try:
            verdict = _reference(pair, references).verdict(pair["answer"])
        except (BadNames, Unread) as error:
            where = "in vars" if isinstance(error, BadNames) else "the reference cannot be read"
            yield {**pair, "line": number, "error": f"line {number}: {where}: {error}"}
            continue
        yield {**pair, **as_json(verdict), "ms": round((perf_counter() - begin) * 1e3, 3)}


def _problem(pair: Any) -> str:
    """Return what is wrong with a line, "" where nothing is."""
    if not isinstance(pair, dict):
        return "expected an object with reference, answer and vars"
    for field in ("reference", "answer"):
        if not isinstance(pair.get(field), str):
            return f"expected a text in {field!r}, found {encoder.dumps(pair.get(field))[:40]}"
    if not isinstance(pair.get("vars", {}), dict):
        return f"expected an object in 'vars', found {encoder.dumps(pair['vars'])[:40]}"
    return ""


def _reference(pair: Mapping[str, Any], references: dict[str, Reference]) -> Reference:
    place = encoder.dumps([pair["reference"], pair.get("vars", {})], sort_keys=True)
    if place not in references:
        reference = Reference(pair["reference"], declared_from(pair.get("vars", {})))
        if len(references) >= MAX_REFERENCES:
            references.clear()
        references[place] = reference
    return references[place]


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as plain data."""
    data: dict[str, Any] = {"verdict": verdict.outcome, "witness": verdict.witness, "reason": verdict.reason}
    data["bound"] = verdict.bound
    if verdict.convention:
        data["convention"] = verdict.convention
    return data


def explain(key: str, answer: str, names: str, *, json: bool = False) -> tuple[str, bool]:
    """Return a verdict in lines of text, or as JSON, and whether the answer is right.

    Raises BadNames where the names or the key have no meaning.
    """
    try:
        reference = Reference(key, read_names(names))
    except Unread as error:
        raise BadNames(f"the key cannot be read: {error}") from None
    verdict = reference.verdict(answer)
    understood = reference.understood(answer)
    if json:
        data = as_json(verdict) | {"understood": understood}
        return encoder.dumps(data, ensure_ascii=False, indent=2), verdict.right
    lines = [f"{verdict.outcome}: {verdict.reason}"]
    if understood:
        lines.append(f"understood: {understood}")
    if verdict.witness:
        lines.append(f"witness: {verdict.witness}")
    if verdict.convention:
        lines.append(f"convention: {verdict.convention}")
    if verdict.bound is not None:
        lines.append(
            "bound: proven" if not verdict.bound else f"bound: wrong by a chance of {verdict.bound:.1g}"
        )
    return "\n".join(lines), verdict.right
