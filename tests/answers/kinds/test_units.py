from fractions import Fraction

import pytest

from tripos.answers.kinds.units import cut, unit_of


@pytest.mark.parametrize(
    ("text", "base", "factor"),
    [
        ("s", "s", 1),
        ("ms", "s", Fraction(1, 1000)),
        ("µs", "s", Fraction(1, 10**6)),
        ("μs", "s", Fraction(1, 10**6)),  # the Greek letter
        ("us", "s", Fraction(1, 10**6)),
        ("min", "s", 60),
        ("h", "s", 3600),
        ("hours", "s", 3600),
        ("seconds", "s", 1),
        ("milliseconds", "s", Fraction(1, 1000)),
        ("B", "B", 1),
        ("kB", "B", 1000),
        ("KB", "B", 1000),
        ("KiB", "B", 1024),
        ("MiB", "B", 1024**2),
        ("GB", "B", 10**9),
        ("megabytes", "B", 10**6),
        ("kbit", "bit", 1000),
        ("GFLOP", "FLOP", 10**9),
        ("GFLOPs", "FLOP", 10**9),
        ("TFLOPS", "FLOP/s", 10**12),
        ("GFLOP/s", "FLOP/s", 10**9),
        ("MB/s", "B/s", 10**6),
        ("m", "m", 1),
        ("%", "%", 1),
        ("images", "image", 1),
        ("image", "image", 1),
    ],
)
def test_units(text, base, factor):
    unit = unit_of(text)
    assert (unit.base, unit.factor) == (base, factor)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("12 ms", "12", "ms"),
        ("12ms", "12", "ms"),
        ("3x10^5 B", "3x10^5", "B"),
        ("1e5 B", "1e5", "B"),
        (r"2\sqrt{2}\ \mathrm{MB/s}", r"2\sqrt{2}", "MB/s"),
        ("12", "12", ""),
        (r"12\%", "12", "%"),
        ("log(2)", "log(2)", ""),
    ],
)
def test_a_unit_stands_behind_a_number(text, number, unit):
    found = cut(text)
    assert found[1] == unit
    assert found[0].strip() == number.strip()
