# The hotline's front door. Everything lives in .venv; nothing needs root.
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info < (3,13))' && echo $$p && break; done)
BIN := .venv/bin

.PHONY: help setup run test check bench model docs clean

help:  ## what there is to do
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

.venv/ready: setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "The hotline needs Python 3.11 or 3.12 (the PJSIP wheels end at 3.12). Install one, or name it: make PYTHON=/path/to/python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test,dev]'
	@touch $@
	@echo "Everything is in .venv. Next: make run"

setup: .venv/ready  ## install everything into .venv

run: .venv/ready  ## start the hotline and say how to call it
	$(BIN)/hotline run

# Calls are in real time: what only computes goes before them, not beside them. A call that fails beside others is tried
# once more with the machine to itself, and has to pass there.
test: .venv/ready  ## all tests
	$(BIN)/pytest -n 2 --dist loadfile --ignore=tests/process --ignore=tests/browser $(PYTEST)
	$(BIN)/pytest -n 2 --dist loadfile tests/process tests/browser $(PYTEST) || { [ $$? = 1 ] && \
	  echo "Once more, alone: what failed beside others" && $(BIN)/pytest --last-failed tests/process tests/browser; }

check: .venv/ready  ## lint, types, layers, configuration
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hotline check

bench: .venv/ready  ## measure: latency, CPU, memory, recogniser
	$(BIN)/python -m benchmarks

.venv/train: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[train]'
	@touch $@

model: .venv/train  ## train the small speech model again
	$(BIN)/hotline model train

docs: .venv/ready  ## draw the tree and the state tables into docs/
	$(BIN)/hotline check --draw docs/drawings

clean:  ## remove what was built; data in .hotline stays
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
