"""The sandbox: what runs in it, what it refuses, what it leaves behind."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.answers.code import sandbox
from tripos.answers.code.sandbox import KEPT, Limits, available, run

needs_sandbox = pytest.mark.skipif(bool(available()), reason=f"no sandbox: {available()}")
DOUBLE = "def f(x):\n    return 2 * x\n"


@needs_sandbox
def test_values_come_back_to_the_last_bit():
    x = np.array([[1 / 3, -0.0], [5e-324, 1.7976931348623157e308 / 4]])
    found = run(DOUBLE, "f", [(x,), (0.1,), (2**40,)])
    assert found.outcome == "done"
    assert found.values[0].tobytes() == (2 * x).tobytes()
    assert [v.item() for v in found.values[1:]] == [0.2, 2.0**41]
    assert [v.shape for v in found.values] == [(2, 2), (), ()]


@needs_sandbox
@pytest.mark.parametrize(
    ("returned", "value"),
    [
        ("[1, 2.5, True]", [1, 2.5, 1]),
        ("((1, 2), (3, 4))", [[1, 2], [3, 4]]),
        ("np.float32(0.5)", 0.5),
        ("np.int8([1, 2])", [1, 2]),
        ("np.matrix([[1, 2]])", [[1, 2]]),
        ("__import__('fractions').Fraction(1, 4)", 0.25),
        ("np.array([1, 2], dtype=object)", [1, 2]),
        ("math.pi", np.pi),
        ("np.arange(6).reshape(2, 3).T", [[0, 3], [1, 4], [2, 5]]),
        ("float('nan')", np.nan),
        ("[]", []),
    ],
)
def test_what_counts_as_numbers(returned, value):
    found = run(f"def f():\n    return {returned}", "f", [()])
    assert found.outcome == "done", found.reason
    np.testing.assert_array_equal(found.values[0], value)


@needs_sandbox
def test_each_call_gets_arrays_of_its_own():
    x = np.ones(3)
    found = run("def f(x):\n    x += 1\n    return x", "f", [(x,), (x,)])
    assert [v.tolist() for v in found.values] == [[2, 2, 2], [2, 2, 2]]
    assert x.tolist() == [1, 1, 1]


@needs_sandbox
def test_an_error_names_the_line_of_the_code():
    found = run("def g(x):\n    return x[5]\n\ndef f(x):\n    return g(x)", "f", [(np.ones(2),)])
    assert found.outcome == "failed"
    assert found.reason.startswith("line 2: IndexError: index 5")


@needs_sandbox
def test_calls_before_the_error_are_kept():
    found = run("def f(x):\n    return 1 // x", "f", [(1,), (0,), (1,)])
    assert (found.outcome, len(found.values)) == ("failed", 1)
    assert "ZeroDivisionError" in found.reason


@needs_sandbox
def test_what_is_printed_is_cut_and_made_safe():
    found = run("print('\\x1b[2J' + 'a' * 5000)\ndef f():\n    return 1", "f", [()])
    assert found.outcome == "done"
    assert "\x1b" not in found.printed
    assert len(found.printed) == KEPT


@needs_sandbox
def test_inside_there_is_nothing_to_see():
    code = """
import os
def f():
    raise ValueError(sorted(os.listdir("/")), list(os.environ), os.listdir("."), os.getuid(), os.getcwd())
"""
    reason = run(code, "f", [()]).reason
    root = re.search(r"\(\[(.*?)\]", reason).group(1).replace("'", "").split(", ")
    assert set(root) <= {"etc", "judge.py", "lib", "lib64", "packages", "python", "usr", "work"}
    assert "[], 65534, '/work'" in reason
    assert str(Path.home()) not in reason


@needs_sandbox
def test_only_the_standard_library_and_numpy_can_be_imported():
    code = """
def f():
    found = []
    for name in ("tripos", "symengine", "pytest", "scipy", "pip", "numpy", "random"):
        try:
            __import__(name)
            found.append(name)
        except ImportError:
            pass
    raise ValueError(found)
"""
    assert run(code, "f", [()]).reason.endswith("ValueError: ['numpy', 'random']")


@needs_sandbox
def test_superuser_powers_are_gone():
    # prctl 23 asks whether a capability is in the bounding set, 39 whether new privileges are ruled out
    code = """
import ctypes
def f():
    libc = ctypes.CDLL(None)
    return [sum(libc.prctl(23, n, 0, 0, 0) == 1 for n in range(41)), libc.prctl(39, 0, 0, 0, 0)]
"""
    assert run(code, "f", [()]).values[0].tolist() == [0, 1]


@needs_sandbox
@pytest.mark.parametrize(
    "code", [DOUBLE, "import os\nos._exit(3)", "def f(x):\n    while True:\n        print(x)"]
)
def test_nothing_is_left_behind(code):
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text(), len(list(Path("/proc/self/fd").iterdir()))
    run(code, "f", [(1.0,)])
    assert (children.read_text(), len(list(Path("/proc/self/fd").iterdir()))) == before


@needs_sandbox
def test_a_time_out_ends_everything_inside():
    found = run("import time\ndef f():\n    time.sleep(60)", "f", [()], Limits(clock=1.0))
    assert (found.outcome, found.reason) == ("failed", "it took longer than 1 s")


@needs_sandbox
def test_the_time_of_the_processor_is_limited():
    found = run("def f():\n    while True:\n        pass", "f", [()], Limits(processor=1))
    assert (found.outcome, found.reason) == ("failed", "it took more than 1 s of processor time")


@needs_sandbox
def test_sandboxes_run_side_by_side():
    def one(n):
        return run(f"def f(x):\n    return {n} * x", "f", [(1.0,)] * 3).values[-1].item()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(8))) == list(range(8))


# -- where there is none -------------------------------------------------------------------------


def test_without_bubblewrap_nothing_is_run(monkeypatch):
    monkeypatch.setattr(sandbox, "which", lambda name: None)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert run(DOUBLE, "f", [(1.0,)]).outcome == "unavailable"
    assert "apt install bubblewrap" in available()


def test_a_bubblewrap_that_fails_is_no_fault_of_the_code(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sandbox, "which", lambda name: str(fake))
    found = run(DOUBLE, "f", [(1.0,)])
    assert found.outcome == "unavailable"
    assert "No permissions to create new namespace" in found.reason
    assert "No permissions" in available()


def test_a_bubblewrap_that_hangs_is_no_fault_of_the_code(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sandbox, "which", lambda name: str(fake))
    assert run(DOUBLE, "f", [(1.0,)], Limits(clock=0.3)).outcome == "unavailable"


@pytest.mark.parametrize("content", [b"", b"\x00\x01"])
def test_a_bubblewrap_that_cannot_be_started_is_no_fault_of_the_code(monkeypatch, tmp_path, content):
    fake = tmp_path / "bwrap"
    fake.write_bytes(content)
    monkeypatch.setattr(sandbox, "which", lambda name: str(fake))
    assert run(DOUBLE, "f", [(1.0,)]).outcome == "unavailable"


def test_an_unknown_processor_has_no_sandbox(monkeypatch):
    monkeypatch.setattr(sandbox, "MACHINES", {})
    monkeypatch.setattr(subprocess, "Popen", None)
    assert "are not known" in run(DOUBLE, "f", [(1.0,)]).reason


# -- what comes back -----------------------------------------------------------------------------

READY = b'{"ready": "2"}\n'
ONE = b'{"case": 0, "shape": [], "data": "AAAAAAAA8D8="}\n'


def outcome(results, calls=1):
    return sandbox._outcome({"results": results, "printed": b""}, "it ended", calls, Limits())


def test_what_is_said_before_ready_does_not_count():
    assert outcome(ONE).outcome == "unavailable"
    assert outcome(READY + ONE).values[0] == 1.0


@given(st.binary(max_size=200))
def test_whatever_comes_back_is_read_without_an_error(data):
    assert outcome(READY + data).outcome in ("failed", "done")
    assert outcome(data).outcome == "unavailable" or data.startswith(b"{")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda x: st.lists(x, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["case", "shape", "data", "error", "line"]), JSON))
def test_lines_of_any_content_give_one_finite_array_or_none(line):
    found = sandbox._array(line)
    assert found is None or (found.dtype == np.float64 and found.nbytes == 8 * found.size)
    next(sandbox._checked([repr(line).encode()], 1), None)


@pytest.mark.parametrize(
    "line",
    [
        b'{"case": 1, "shape": [], "data": "AAAAAAAA8D8="}',
        b'{"case": 0, "shape": [2], "data": "AAAAAAAA8D8="}',
        b'{"case": 0, "shape": [true], "data": "AAAAAAAA8D8="}',
        b'{"case": 0, "shape": [], "data": "AAAA AAA8D8="}',
        b'{"case": 0, "shape": [99999999, 0], "data": ""}',
        b"[" * 100_000,
        b"9" * 10_000,
    ],
)
def test_lines_that_are_no_value_end_the_reading(line):
    assert outcome(READY + line) == sandbox.Run("failed", "it ended")
