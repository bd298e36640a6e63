# The verbs of this repository. Each does its own set-up from locked versions; nothing else is needed than
# python3 (3.11 or newer) with venv, and the package registry.

PYTHON ?= python3
PORT   ?= 8000
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# Programs from Go's registry, for `chart`.
HELM        := helm.sh/helm/v3/cmd/helm@v3.22.0
KUBECONFORM := github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0

# The tests that execute operations, for `test`: they run on the other executor too.
EXECUTING   := $(addprefix tests/,acts browser/test_house.py browser/test_registration.py chaos clients faults http journeys limits live operations plan resolvers \
               schema security test_explain.py test_readme.py)

# The peers on Node, for `bench`.
PEERS       := benchmarks/node/node_modules benchmarks/mesh/supergraph.graphql

.DEFAULT_GOAL := help
.PHONY: help run sandbox test test-money fuzz audit chaos bench bench-growth check chart format schema lock tools clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(STAMP) ## start the sandbox and the BFF; PORT=8000 moves them; Ctrl-C ends both
	@$(BIN)/python -m sandbox run --port $(PORT)

sandbox: $(STAMP) ## start only the stand-ins of the systems behind the BFF
	@$(BIN)/python -m sandbox serve --port $$(($(PORT) + 1))

test: $(STAMP) ## run the whole suite, with a real Redis, and what executes on both executors
	@$(BIN)/python -m pytest
	@$(BIN)/python -m pytest --executor graphql-core $(EXECUTING)

audit: $(STAMP) ## hold the API against suites that others have written, as a table; Node serves three of the four
	@$(BIN)/python -m tests.clients.audit

fuzz: $(STAMP) ## compare the executor with graphql-core on random operations; FUZZ_CASES=… FUZZ_SEED=…
	@$(BIN)/python -m tests.execution.fuzz $(if $(FUZZ_CASES),--cases $(FUZZ_CASES)) $(if $(FUZZ_SEED),--seed $(FUZZ_SEED))

chaos: $(STAMP) ## all faults at random over a house; CHAOS_MINUTES=10 CHAOS_SEED=…
	@$(BIN)/python -m pytest -s tests/chaos/long.py

test-money: $(STAMP) ## every fault that can hit a payment, a thousand seeds, judged by what was done; MONEY_SEEDS=…
	@$(BIN)/python -m tests.money $(if $(MONEY_SEEDS),--seeds $(MONEY_SEEDS))

bench: $(STAMP) ## measure against the peers, into docs/benchmarks.md; BENCH_ROUNDS=3 BENCH_ONLY=bff,jit QUIET=yes
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(PEERS); fi
	@$(BIN)/python -m benchmarks --rounds $(or $(BENCH_ROUNDS),3) $(if $(BENCH_ONLY),--only "$(BENCH_ONLY)") $(if $(QUIET),--quiet-machine)

bench-growth: $(STAMP) ## measure what grows, into docs/benchmarks.md and docs/scaling.md; QUIET=yes
	@$(BIN)/python -m benchmarks.growth $(if $(QUIET),--quiet-machine)
	@$(BIN)/python -m benchmarks.memory $(if $(QUIET),--quiet-machine)

benchmarks/%/node_modules: benchmarks/%/package-lock.json
	@echo "Installing the peers of benchmarks/$* …"
	@npm --prefix benchmarks/$* ci --silent
	@touch $@

benchmarks/mesh/supergraph.graphql: benchmarks/mesh/node_modules benchmarks/mesh/mesh.config.js benchmarks/mesh/rows.schema.json benchmarks/schema.graphql
	@cd benchmarks/mesh && npm run --silent compose

check: $(STAMP) chart ## lint, types, import contracts, schema and lock not stale, and the chart
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m bff schema --check
	$(BIN)/python -m tools.lock --check

chart: $(STAMP) ## check the Helm chart; whole when `make tools` was run
	$(BIN)/python -m tools.chart --check
	$(BIN)/python -m tools.manifest tests/helm/values

format: $(STAMP) ## format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(STAMP) ## write schema.graphql and the chart's settings from the code
	$(BIN)/python -m bff schema --write
	$(BIN)/python -m tools.chart

lock: $(STAMP) ## write the lock files from pyproject.toml
	$(BIN)/python -m tools.lock

tools: $(STAMP) ## build helm and kubeconform, for `make chart`; needs Go and, once, some minutes
	GOBIN=$(CURDIR)/$(BIN) go install $(KUBECONFORM)
	GOBIN=$(CURDIR)/$(BIN) go install $(HELM)

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis

$(STAMP): requirements-dev.lock pyproject.toml
	@echo "Setting up $(VENV) from requirements-dev.lock (once; about a minute) …"
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("python3 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --require-hashes -r requirements-dev.lock
	@touch $@
