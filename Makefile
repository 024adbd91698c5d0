# Kith. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# Tests wait more than they work: three keep two cores busy; with four a browser was once kept waiting too long.
WORKERS ?= 3
export PYTHONUNBUFFERED := 1
# Compiled modules are kept, whatever the shell says: importing aiogram without them takes twice as long.
export PYTHONDONTWRITEBYTECODE :=
# The machine's own certificates: behind a proxy the bundled ones know nobody.
export UV_SYSTEM_CERTS := 1

.PHONY: help run test long check bench messages lock migration clean

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kith needs Python 3.11 or newer: set PYTHON=..."; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"

# Each stamp says which lock file the environment was last brought up to.
.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock pyproject.toml | .venv/bin/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@ .venv/run.stamp

run: .venv/run.stamp ## Run: against Telegram with KITH_BOT_TOKEN set, else the sandbox with Millbrook in your browser
	@if [ -n "$$KITH_BOT_TOKEN" ] || grep -qsE '^KITH_BOT_TOKEN=.+' .env; \
	  then exec $(BIN)/python -m bot; else exec $(BIN)/python -m sandbox; fi

test: .venv/dev.stamp ## All tests, on SQLite and (where one answers) PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

long: .venv/dev.stamp ## The tests that take minutes each: planted faults, takeover between processes, an ask's whole life
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m long $(ARGS)

check: .venv/dev.stamp ## Lint, types, house rules, catalogues, migrations, glossary
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/catalogues.py check
	$(BIN)/python tools/glossary.py
	$(BIN)/python -m pytest -q tests/test_house.py tests/store/test_schema.py

bench: .venv/dev.stamp ## Benchmarks: ratios against references run beside us
	$(BIN)/python -m bench.updates $(ARGS)
	$(BIN)/python -m bench.letters $(filter --quick,$(ARGS))
	$(BIN)/python -m bench.disclosure $(ARGS)
	$(BIN)/python -m bench.matching $(filter --quick,$(ARGS))
	$(BIN)/python -m bench.year --quick

messages: .venv/dev.stamp ## Bring the catalogues up to the code's strings
	$(BIN)/python tools/catalogues.py update

lock: .venv/bin/uv ## Lock the dependencies anew, with hashes and without index addresses
	$(BIN)/uv pip compile pyproject.toml --extra charts --universal --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock

clean: ## Remove the environment and caches; data stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
