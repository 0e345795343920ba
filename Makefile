# `make` prints the targets. Every target sets up what it needs in .venv; nothing else is touched.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PROFILE ?= quick
ARGS ?=
# Three processes, of which some wait for what is measured; a file stays in one, which has a stack of its own where its
# tests need one.
SIDE_BY_SIDE := -n 3 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup bench smoke test test-slow test-compose check format lock up down ui benchmarks clean

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  variables: PROFILE=quick|full  TRACE=FILE  ARGS='more options of lab'  PYTHON=python3.12"

setup: $(READY) ## Make .venv with the program `lab` in it (the other targets do it themselves)

$(READY): pyproject.toml requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "make: $(PYTHON) is older than Python 3.11; give another, e.g. make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "make: $(PYTHON) cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (a minute the first time) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

bench: $(READY) ## Measure what a cache buys and write one report; TRACE=FILE replays a trace
	@$(BIN)/lab bench --profile $(PROFILE) $(if $(TRACE),--trace '$(TRACE)') $(ARGS)

smoke: $(READY) ## The smallest real run, end to end, with its own assertions
	@$(BIN)/pytest -q tests/test_smoke.py

test: $(READY) ## All tests but those that need Docker or minutes
	@$(BIN)/pytest -q $(SIDE_BY_SIDE) $(ARGS)

test-slow: $(READY) ## What needs the machine alone: the lab set against itself for minutes, settings confirmed live
	@$(BIN)/pytest -q -m slow $(ARGS)

test-compose: $(READY) ## The Compose stack under a real Docker Engine
	@$(BIN)/pytest -q -m compose tests/compose $(ARGS)

check: $(READY) ## Lint, types, and who may import whom
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

format: $(READY) ## Put the code into its standard form
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: $(READY) ## Pin the dependencies anew, after a change of pyproject.toml
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -o requirements.lock
	@$(BIN)/uv pip compile -q pyproject.toml --extra dev -c requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-dev.lock

up: $(READY) ## Start the stack on ports 5000 and 5001, and return
	@$(BIN)/lab up

down: $(READY) ## Stop what `make up` started
	@$(BIN)/lab down

ui: $(READY) ## The stack and Locust's web UI on http://127.0.0.1:8089
	@$(BIN)/lab ui

benchmarks: $(READY) ## The lab against its peers and against known truths (needs nginx and wrk; 50 minutes)
	@for name in generator generator_limits accuracy measuring_cost services models popularity access_log turnover eviction break_even; do \
	  echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done

clean: ## Remove .venv, the embedded stack's data and all reports but the example
	@[ ! -x $(BIN)/lab ] || $(BIN)/lab down
	rm -rf $(VENV) .lab .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find reports -mindepth 1 -maxdepth 1 ! -name example ! -name README.md -exec rm -rf {} +
