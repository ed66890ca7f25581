# Two commands: `make demo` runs the product, `make test` proves it. Each sets up what it needs, in .venv.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 3

.PHONY: help demo test check prove soak-telegram lint types layers bench fuzz pictures wheel clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      the console on the paper terminal; headless where there is no terminal"
	@echo "make test      all tests"
	@echo "make check     format, lint, types, layers, tests: what CI runs"
	@echo "make prove     ten minutes of kills, simulated worlds and broken protocols; PROVE_MINUTES=60 for longer"
	@echo "make soak-telegram  a million posts over 40 channels, with everything that goes wrong; SOAK='--posts 20000' for less"
	@echo "make bench     the benchmarks, as a table in benchmarks/RESULTS.md"
	@echo "make fuzz      a million damaged messages through the reader"
	@echo "make pictures  the pictures of the README from replayed scenarios"
	@echo "make wheel     the package, in dist/"

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or run make PYTHON=<your python>"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY)
	@$(BIN)/signalos demo

test: $(READY)
	$(BIN)/pytest -n $(WORKERS)

check: lint types layers test

prove: $(READY)
	@$(BIN)/python -m tests.proof

soak-telegram: $(READY)
	@$(BIN)/python -m tests.telegram_soak $(SOAK)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m benchmarks

fuzz: $(READY)
	$(BIN)/python -m tests.decode.fuzz

pictures: $(READY)
	$(BIN)/python -m tests.scenarios.pictures docs/pictures

wheel: $(READY)
	$(BIN)/python -m build --outdir dist .

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
