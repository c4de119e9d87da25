"""Run the recipes and say whether each keeps what it promises: ``python examples/recipes``.

A recipe is a module here with SYSTEM and DATA in words, PROMISED, and ``examine(seed, pictures)``, which
trains and returns what it measured.  A promise must hold for every seed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path
from types import ModuleType

HOLDS = {">=": lambda value, bound: value >= bound, "<=": lambda value, bound: value <= bound}


def recipes() -> list[str]:
    """Return the names of all recipes."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))


def examined(recipe: ModuleType, seeds: int, pictures: Path | None) -> tuple[list[dict[str, float]], float]:
    """Return what a recipe measured from each seed, and the seconds that the slowest took."""
    found, longest = [], 0.0
    for seed in range(seeds):
        begin = time.perf_counter()
        found.append(recipe.examine(seed, pictures if seed == 0 else None))
        longest = max(longest, time.perf_counter() - begin)
    return found, longest


def main() -> int:
    """Run, print the table, and return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="python examples/recipes", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="recipes to run; all unless given")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, from 0 (3)")
    parser.add_argument("--pictures", type=Path, help="a folder for the pictures of the first seed")
    options = parser.parse_args()
    unknown = set(options.names) - set(recipes())
    if options.seeds < 1:
        parser.error(f"--seeds must be 1 or more, found {options.seeds}")
    if unknown:
        parser.error(f"no recipe {', '.join(sorted(unknown))}; there are {', '.join(recipes())}")
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    kept = True
    print(f"{'system':50} {'data':31} {'measured':41} {'worst':>8} {'promised':>10} {'seconds':>8}")
    for name in options.names or recipes():
        recipe = importlib.import_module(name)
        found, seconds = examined(recipe, options.seeds, options.pictures)
        system, data, told = recipe.SYSTEM, recipe.DATA, f"{seconds:8.1f}"
        for measure in found[0]:
            values = [one[measure] for one in found]
            sign, bound = recipe.PROMISED.get(measure, ("", None))
            worst = max(values) if sign == "<=" else min(values)
            if bound is None:
                promise, verdict = "", ""
            else:
                good = all(HOLDS[sign](value, bound) for value in values)
                kept &= good
                promise, verdict = f"{sign} {bound:g}", "kept" if good else "BROKEN"
            line = f"{system:50} {data:31} {measure:41} {worst:8.4g} {promise:>10} {told:>8}  {verdict}"
            print(line.rstrip(), flush=True)
            system, data, told = "", "", ""
    return 0 if kept else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
