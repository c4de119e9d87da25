# make install: the environment; make demo: the main job; make test: everything that must hold;
# make examples: every recipe of examples/recipes trained from three seeds, with the quality that it promises.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install demo test lint types sandbox unit papers examples bench format clean

install: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tripos needs Python 3.11 or later; call: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: install
	$(BIN)/tripos check papers/final-2022.md
	$(BIN)/tripos solve papers/final-2022.md --question sgd

test: lint types unit papers

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

# Bubblewrap runs the code of candidates; without it the tests of that are skipped, and such answers are queued.
sandbox:
	@if command -v bwrap >/dev/null; then exit 0; fi; \
	as=; test "$$(id -u)" = 0 || as='sudo -n'; \
	if command -v apt-get >/dev/null && $$as true 2>/dev/null; then \
		$$as apt-get install -y -qq bubblewrap >/dev/null 2>&1 || \
		{ $$as apt-get update -qq && $$as apt-get install -y -qq bubblewrap; } >/dev/null 2>&1; \
	fi; \
	command -v bwrap >/dev/null || echo "bubblewrap could not be installed: tests that run code are skipped"

unit: install sandbox
	$(BIN)/python -m pytest -n auto

papers: install
	$(BIN)/tripos check papers/*.md

examples: install
	$(BIN)/python examples/recipes

bench: install
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/exact.py
	$(BIN)/python benchmarks/building.py
	$(BIN)/python benchmarks/jax_step.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/marking.py
	$(BIN)/python benchmarks/formulas.py
	$(BIN)/python benchmarks/batch.py

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
