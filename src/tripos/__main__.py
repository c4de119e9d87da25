"""Where ``tripos`` and ``python -m tripos`` begin."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; what works questions begins to load before the command line is read."""
    if sys.argv[1:2] in (["check"], ["solve"]) and "--help" not in sys.argv:
        from .paper.examiner import start_early

        start_early()
    from .cli import main as run

    run()


if __name__ == "__main__":
    main()
