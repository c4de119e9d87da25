"""LaTeX as plain text with the marks that drafting knows; mathematics stays as it is."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"(?<!\\)%.*")
_BEGIN = re.compile(r"\s*\\(begin|end)\{(\w+\*?)\}(?:\[[^\]]*\])?\s*")
_ITEM = re.compile(r"\s*\\item(?:\[([^\]]*)\])?\s*")
_SECTION = re.compile(r"\s*\\(?:chapter|section|subsection|subsubsection|paragraph)\*?\{(.*)\}\s*(.*)$")
_QUESTION = re.compile(
    r"\s*\\(question|part|subpart|titledquestion\{(?P<title>[^}]*)\})(?![a-z])(?:\[(?P<points>[^\]]*)\])?\s*"
)
_MATHS = ("equation", "align", "gather", "multline", "eqnarray", "displaymath")
_SOLUTIONS = ("solution", "solutionbox", "answer")
_LISTS = ("enumerate", "questions", "parts", "subparts")
_INLINE = (
    (re.compile(r"\\textbf\{([^{}]*)\}"), r"**\1**"),
    (re.compile(r"\\(?:emph|textit)\{([^{}]*)\}"), r"*\1*"),
    (re.compile(r"\\texttt\{([^{}]*)\}"), r"`\1`"),
    (re.compile(r"\\(?:title|date|author)\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\\((.{1,2000}?)\\\)"), r"$\1$"),
    (re.compile(r"\\\[(.{1,2000}?)\\\]"), r"$$\1$$"),
    (
        re.compile(
            r"\\(?:maketitle|newpage|clearpage|noindent|bigskip|medskip|smallskip|centering|hrule|large|Large)(?![a-zA-Z])"
        ),
        "",
    ),
    (
        re.compile(
            r"\\(?:vspace|hspace|label|usepackage|documentclass|vfill|fillwithlines)\*?(?:\[[^\]]{0,200}\])?\{[^{}]*\}"
        ),
        "",
    ),
    (re.compile(r"(?<!\\)~"), " "),
)


def plain(text: str) -> str:
    """Return the body of a document line by line: numbers for items, tabs for cells, dollars for formulas."""
    out: list[str] = []
    lists: list[tuple[str, int]] = []
    table = maths = False
    body = "\\begin{document}" not in text
    for raw in text.replace("\r\n", "\n").split("\n"):
        row = _COMMENT.sub("", raw)
        if not body:
            out.append(_titled(row))
            body = "\\begin{document}" in row
            continue
        shown = ""
        while match := _BEGIN.match(row):
            word, row = match[2].rstrip("*"), row[match.end() :]
            if word in _MATHS:
                maths = match[1] == "begin"
                shown = _display(word, maths)
            elif word in ("tabular", "tabularx", "array") and not maths:
                table = match[1] == "begin"
                row = re.sub(r"^(?:\{[^{}]*\})+", "", row) if table else row
            elif word in _SOLUTIONS and match[1] == "begin":
                shown = "Solution: "
            elif word in (*_LISTS, "itemize", "choices", "checkboxes"):
                if match[1] == "begin":
                    lists.append((word, 0))
                elif lists:
                    lists.pop()
            elif word not in ("document", "center", "figure", "table", "minipage", "abstract", *_SOLUTIONS):
                shown += match[0].strip()
        out.append(shown + _line(row, lists, table=table, maths=maths))
        if "\\end{document}" in raw:
            break
    return "\n".join(out)


def _titled(row: str) -> str:
    """Return what a line before the document says: its title or date."""
    match = re.match(r"\s*\\(title|date)\{(.*)\}\s*$", row)
    if match is None:
        return ""
    return ("# " if match[1] == "title" else "") + _inline(match[2])


def _display(word: str, begins: bool) -> str:
    aligned = word in ("align", "eqnarray")
    if begins:
        return "$$\\begin{aligned}" if aligned else "$$"
    return "\\end{aligned}$$" if aligned else "$$"


def _line(row: str, lists: list[tuple[str, int]], *, table: bool, maths: bool) -> str:
    if maths:
        return row
    if section := _SECTION.match(row):
        return f"# {_inline(section[1])} {_inline(section[2])}".rstrip()
    if table:
        cells = re.sub(r"\\\\.*$|\\(?:hline|toprule|midrule|bottomrule)", "", row)
        return "\t".join(_inline(cell.strip()) for cell in re.split(r"(?<!\\)&", cells))
    if question := _QUESTION.match(row):
        rest = " ".join(filter(None, [question["title"], _inline(row[question.end() :])]))
        points = f"({question['points']} points) " if question["points"] else ""
        return _number(lists, question[1]) + points + rest
    if item := _ITEM.match(row):
        rest = _inline(row[item.end() :])
        return (f"{item[1]} " if item[1] else _number(lists, "item")) + rest
    return _inline(row)


def _number(lists: list[tuple[str, int]], word: str) -> str:
    """Count one item of the innermost list; return its number in the style of the list's depth."""
    if not lists:
        return "- "
    kind, count = lists[-1]
    lists[-1] = (kind, count + 1)
    if kind not in _LISTS:
        return "- "
    depth = sum(name in _LISTS for name, _ in lists)
    if depth == 1:
        return f"{count + 1}. "
    roman = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
    if depth == 2 or count >= len(roman):
        return f"({chr(97 + min(count, 25))}) "
    return f"({roman[count]}) "


def _inline(text: str) -> str:
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return text.strip()
