"""Code: a Python function, run in a sandbox on inputs drawn for the answer, and compared with a graph."""

from __future__ import annotations

import ast
import random
import textwrap
import warnings
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...graph import GraphError
from ...graph.node import show_shape
from ...graph.notation import Piece, write
from ..code.python import python_of
from ..code.sandbox import LIMITS, Limits, Run, run
from ..code.trials import LEAST, Trial, trials
from ..keys import Code, Key
from ..verdict import Outcome, Verdict
from .kind import Examples, Kind, Marked, Names, Settings, result

Array = npt.NDArray[Any]

MAX_LENGTH = 20_000
"""Longest answer, in characters."""

MAX_SECONDS = 60
"""Most seconds of processor time that a paper may allow."""

TOLERANCE = 1e-6
"""Relative difference allowed where the paper does not say: far more than float64 loses on any sound way."""

NEAR = 1e-3
"""Relative difference up to which a person decides: single precision, or a derivative taken numerically."""

PLAIN = 0.1 / NEAR
"""A difference of a tenth is plain to see; it is shown before smaller ones."""

MAX_SHOWN = 300
"""Longest argument or value in a message, in characters."""


def accepts(key: Key) -> bool:
    """Say whether a key is a function to be written."""
    return isinstance(key, Code)


def mark(key: Code, text: str, options: Settings, names: Names) -> Marked:
    """Mark a function; the options are ``tolerance``, relative, and ``seconds`` of processor time."""
    code = plain(text)
    if not code.strip():
        return result("unread", "nothing is written")
    if len(code) > MAX_LENGTH:
        return result("unread", f"code has at most {MAX_LENGTH:,} characters, found {len(code):,}")
    outcome, fault = fault_of(key, code)
    if outcome == "unread":
        return result("unread", fault, feedback=[_asked(key)])
    if outcome == "wrong":
        return result("wrong", fault, value=code, feedback=[_asked(key)], witness=fault)
    try:
        tried = trials(key, code)
    except GraphError as error:
        return result("undecided", str(error), value=code)
    found = run(code, key.name, [trial.arguments for trial in tried], _limits(options))
    if found.outcome == "unavailable":
        return result("undecided", f"the code was not run: {found.reason}", value=code)
    return _judged(key, code, tried, found, float(Fraction(options.get("tolerance") or str(TOLERANCE))))


def plain(text: str) -> str:
    """Return code without the fence that it may stand in, and without indentation that all lines share."""
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    if len(lines) > 1 and lines[0].strip().startswith("```") and lines[-1].strip() == "```":
        lines = lines[1:-1]
    return textwrap.dedent("\n".join(lines)).rstrip() + "\n"


def _limits(options: Settings) -> Limits:
    seconds = options.get("seconds", "")
    if not (seconds.isascii() and seconds.isdigit()):
        return LIMITS
    processor = min(max(int(seconds), 1), MAX_SECONDS)
    return Limits(processor, max(LIMITS.clock, 6.0 * processor), LIMITS.memory)


# -- before it is run ----------------------------------------------------------------------------


def fault_of(key: Code, code: str) -> tuple[Outcome | None, str]:
    """Return why code cannot be the function that was asked for, found without running it.

    It is "unread" where it is no Python, "wrong" where the function is missing or takes another number of
    parameters, None where it must be run.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(code).body
    except SyntaxError as error:
        return "unread", f"this is not Python: line {error.lineno}: {error.msg}"
    except (ValueError, MemoryError, RecursionError):
        return "unread", "this cannot be read as Python: it is nested too deeply, or holds what is not text"
    functions = [s for s in body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
    own = [s for s in functions if s.name == key.name]
    if not own:
        if any(_may_bind(statement, key.name) for statement in body):
            return None, ""
        there = ", ".join(f.name[:40] for f in functions[:3])
        return "wrong", f"there is no function {key.name}" + (f"; there is {there}" if there else "")
    if isinstance(own[-1], ast.AsyncFunctionDef):
        return "wrong", f"{key.name} is an async function; a plain one is asked for"
    fault = "" if own[-1].decorator_list else _miscounted(key, own[-1].args)
    return ("wrong", fault) if fault else (None, "")


def _may_bind(statement: ast.stmt, name: str) -> bool:
    """Say whether a statement that is no function may give a name a value."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return bool(statement.name == name)
    return any(
        (isinstance(n, ast.Name) and n.id in (name, "exec", "globals"))
        or (isinstance(n, ast.FunctionDef) and n.name == name)
        for n in ast.walk(statement)
    )


def _miscounted(key: Code, arguments: ast.arguments) -> str:
    """Return what is wrong with the number of parameters, nothing where the function can be called."""
    places = len(arguments.posonlyargs) + len(arguments.args)
    needed = places - len(arguments.defaults)
    by_name = sum(default is None for default in arguments.kw_defaults)
    wanted = len(key.parameters)
    if not by_name and needed <= wanted and (wanted <= places or arguments.vararg is not None):
        return ""
    takes = places + by_name if wanted > places else needed + by_name
    return f"{key.name} takes {takes} parameter{'s' * (takes != 1)}; it is called with {wanted}"


def _asked(key: Code) -> str:
    return f"The answer begins with {key.signature}"


# -- after it was run ----------------------------------------------------------------------------


class _Compared(NamedTuple):
    """A value and how far it is off: the difference over what is allowed, and over what is nearly right."""

    trial: Trial
    found: Array
    off: float
    far: float


def _judged(key: Code, code: str, tried: list[Trial], found: Run, tolerance: float) -> Marked:
    printed = [f"It printed: {found.printed[:MAX_SHOWN]}"] if found.printed else []
    if found.outcome == "failed":
        calls = len(found.values)
        at = f", at {_call(key, tried[calls])}" if calls < len(tried) else ""
        feedback = [_sentence(found.reason), *printed]
        return result("wrong", found.reason, value=code, witness=f"{found.reason}{at}", feedback=feedback)
    most = max(float(np.abs(trial.expected).max(initial=0)) for trial in tried)
    compared = [_compare(t, v, tolerance, most) for t, v in zip(tried, found.values, strict=True)]
    wrong = [one for one in compared if one.off > 1]
    if not wrong:
        reason = f"equal to the key, within {tolerance:g}, at {len(tried)} points drawn for this answer"
        return Marked(Verdict("right", reason), Fraction(1), code)
    # The smallest input tells most, except where arrays have a single entry, which hides what a sum is over.
    shown = min(wrong, key=lambda one: (_single(one.trial), one.far < PLAIN, _length(one.trial), -one.off))
    witness = _witness(key, shown)
    feedback = [f"{witness}. Wrong at {len(wrong)} of {len(tried)} points.", *printed]
    if all(one.far <= 1 for one in compared):
        reason = f"within {NEAR:g} of the key at every point, but not within {tolerance:g}"
        return result("undecided", reason, value=code, witness=witness, feedback=feedback)
    if len(tried) - len(wrong) >= LEAST and not any(one.trial.ordinary for one in wrong):
        reason = "right wherever all numbers are of ordinary size, but not where some are large"
        return result("undecided", reason, value=code, witness=witness, feedback=feedback)
    return result("wrong", "another value", value=code, witness=witness, feedback=feedback)


def _compare(trial: Trial, found: Array, tolerance: float, most: float) -> _Compared:
    """Compare one value; another shape, or what is no finite number, is infinitely far off."""
    expected = trial.expected
    if found.shape != expected.shape or not np.isfinite(found).all():
        return _Compared(trial, found, np.inf, np.inf)
    with np.errstate(over="ignore"):
        difference = np.abs(found - expected)
    scale = min(max(1.0, float(np.abs(expected).max(initial=0))), most)
    ends = []
    for allowed in (tolerance * np.abs(expected) + trial.slack, NEAR * max(scale, 5e-324)):
        with np.errstate(all="ignore"):
            share = np.where(difference == 0, 0.0, difference / allowed)
        ends.append(float(share.max(initial=0)))
    return _Compared(trial, found, *ends)


def _single(trial: Trial) -> bool:
    arrays = [a for a in trial.arguments if isinstance(a, np.ndarray)]
    return bool(arrays) and all(a.size == 1 for a in arrays)


def _length(trial: Trial) -> int:
    return len(_shown(trial.arguments))


def _witness(key: Code, compared: _Compared) -> str:
    call, expected, found = _call(key, compared.trial), compared.trial.expected, compared.found
    if found.shape != expected.shape:
        return f"{call} has shape {show_shape(expected.shape)}, found {show_shape(found.shape)}"
    return f"{call} is {_shown(expected)}, found {_shown(found)}"


def _call(key: Code, trial: Trial) -> str:
    pairs = zip(key.parameters, trial.arguments, strict=True)
    return f"{key.name}({', '.join(f'{p.name}={_shown(a)}' for p, a in pairs)})"


def _shown(value: Any) -> str:
    """Return numbers as Python writes them, to six figures, cut where there are many."""
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    text = _rounded(np.asarray(value).tolist())
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def _rounded(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_rounded, value))}]"
    return f"{value:.6g}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


# -- shown ---------------------------------------------------------------------------------------


def _show(key: Code) -> Piece:
    """Write the first line of the function and what it returns."""
    formula = write(key.node)
    name = key.name.replace("_", r"\_")
    parameters = ", ".join(write(p).latex for p in key.parameters)
    latex = rf"\operatorname{{{name}}}({parameters}) = {formula.latex}"
    return Piece(f"{key.signature.removeprefix('def ').removesuffix(':')} = {formula.text}", latex)


def _examples(key: Code, rng: random.Random) -> Examples:
    names = [str(p.name) for p in key.parameters]
    head, first = key.signature, rng.choice(names)
    code = python_of(key)
    right = [] if code is None else [code, f"```python\n{code}```", f"import numpy as np\n\n{code}"]
    wrong = [
        f"{head}\n    return {first}[::0]",
        f"{head}\n    return 'nothing'",
        f"{head}\n    pass",
        f"def other_{key.name}({', '.join(names)}):\n    return {first}",
        f"def {key.name}({', '.join([*names, 'and_more'])}):\n    return {first}",
    ]
    if code is not None:
        wrong.append(code.replace("    return ", "    return 1.01 * "))
    return Examples(right, wrong, ["", "  \n", head, f"{head}\nreturn {first}", "I do not know"])


CODE = Kind("code", accepts, mark, _show, _examples)
