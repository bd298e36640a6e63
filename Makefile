# The verbs of this repository. Each does its own set-up from locked versions; nothing else is needed than
# python3 (3.11 or newer) with venv, and the package registry.

PYTHON ?= python3
PORT   ?= 8000
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run sandbox test check format schema lock clean

help: ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(STAMP) ## start the sandbox and the BFF; PORT=8000 moves them; Ctrl-C ends both
	@$(BIN)/python -m sandbox run --port $(PORT)

sandbox: $(STAMP) ## start only the stand-ins of the systems behind the BFF
	@$(BIN)/python -m sandbox serve --port $$(($(PORT) + 1))

test: $(STAMP) ## run the whole suite, with a real Redis
	@$(BIN)/python -m pytest

check: $(STAMP) ## lint, types, import contracts, schema and lock not stale
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m bff schema --check
	$(BIN)/python -m tools.lock --check

format: $(STAMP) ## format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(STAMP) ## write schema.graphql from the code
	$(BIN)/python -m bff schema --write

lock: $(STAMP) ## write the lock files from pyproject.toml
	$(BIN)/python -m tools.lock

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis

$(STAMP): requirements-dev.lock pyproject.toml
	@echo "Setting up $(VENV) from requirements-dev.lock (once; about a minute) …"
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("python3 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --require-hashes -r requirements-dev.lock
	@touch $@
