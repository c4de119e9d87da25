"""``python -m tripos``."""

from .cli import main

main()
