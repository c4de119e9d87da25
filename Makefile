# make install: the environment; make demo: the main job; make test: everything that must hold.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install demo test lint types unit papers bench format clean

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

unit: install
	$(BIN)/python -m pytest -n auto

papers: install
	$(BIN)/tripos check papers/*.md

bench: install
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/exact.py
	$(BIN)/python benchmarks/building.py
	$(BIN)/python benchmarks/jax_step.py

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
