# The commands of this project; `make help` lists them.  PYTHON=python3.12 picks the interpreter.
.DEFAULT_GOAL := help
BIN := .venv/bin
ARGS ?=

.PHONY: help setup demo test lint types contracts pytest rules kills bench fuzz format lock

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup:  ## make .venv/bin/vigil, installing what is missing
	@PYTHON="$(PYTHON)" .ci/setup

demo: setup  ## a compressed session with simulated devices; ARGS="--headless --minutes 1"
	@$(BIN)/vigil demo $(ARGS)

test: lint types contracts pytest  ## all gates: lint, types, contracts, tests

lint: setup
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .

types: setup
	$(BIN)/mypy --no-error-summary

contracts: setup
	$(BIN)/lint-imports --no-logo

pytest: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest -q -n 3 --dist loadfile $(ARGS)

rules: setup  ## every scenario of tests/rules with its story, pass or FAIL; ARGS=tests/rules/rates.toml
	@$(BIN)/python tests/rules/show.py $(ARGS)

kills: setup  ## kill and stop the real service in every state of an alarm: a table, 5 min, exit 1 when one differs
	@$(BIN)/python tests/e2e/kill_table.py

bench: setup  ## the figures of tests/bench, each beside its floor
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest -q -s --benchmark-only -o addopts="--strict-markers" tests/bench $(ARGS)

fuzz: setup  ## search inputs that break a decoder, FUZZ_SECONDS=60 each; ARGS="nonin-df2"
	@FUZZ_SECONDS="$(FUZZ_SECONDS)" .ci/fuzz $(ARGS)

format: setup  ## put the code in its form
	$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

lock:  ## write the requirements files anew from pyproject.toml; UPGRADE=1 for newer versions
	@PYTHON="$(PYTHON)" .ci/lock
