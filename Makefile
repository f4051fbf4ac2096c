# One front door for people and CI. `make help` lists what there is.
# Wanted: Python 3.11 or later, make, git. Tests on Kafka want Docker, or Java 17 and Maven; tests in a browser want Chromium; one of a document wants npm.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv
PY := $(VENV)/bin/python
# Bytecode is compiled when a module is first imported, not for every module at installation: half a minute less to wait.
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-compile --constraint requirements.lock
SHARING := slow or kafka or browser or asyncapi or database
FAST := not slow and not kafka and not browser and not asyncapi and not database
ARGS ?=

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The stamps make installation idempotent: it is done again when pyproject.toml or the lock changed.
$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Trialog needs Python 3.11 or later, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.created pyproject.toml requirements.lock
	$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.runtime
	$(PIP_INSTALL) --editable '.[test]'
	@touch $@

$(VENV)/.bench: $(VENV)/.test
	$(PIP_INSTALL) --editable '.[bench]'
	@touch $@

.PHONY: setup
setup: $(VENV)/.runtime ## install Trialog into .venv, ready to run

.PHONY: setup-test
setup-test: $(VENV)/.test ## the same, with what check and test need

.PHONY: demo
demo: setup ## run a whole simulated trial through the real doors (ARGS=--keep stays up)
	@$(VENV)/bin/trialog demo $(ARGS)

# Each of the two commands is whole by itself. `make check test` runs what both want, the fast tests, once.
.PHONY: check
check: static fast ## format, lint, types, imports, sizes, fast tests

.PHONY: test
test: fast sharing ## every test, on real parts (PostgreSQL, Kafka, Chromium)

.PHONY: static
static: setup-test
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo

# Pytest ends with 5 where ARGS leave one of the two runs no test.
.PHONY: fast
fast: setup-test
	$(PY) -m pytest -n auto --dist loadfile -m '$(FAST)' $(ARGS) || [ $$? -eq 5 ]

# Each process has servers of its own, and much of the time goes in waiting for them. In the files' own order, because
# xdist would begin with those of many tests, and the longest has one.
.PHONY: sharing
sharing: setup-test
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m '$(SHARING)' $(ARGS) || [ $$? -eq 5 ]

.PHONY: format
format: setup-test ## put the code into its one format
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

.venv-mutation/.created: tests/mutation/requirements.txt
	$(PYTHON) -m venv .venv-mutation
	.venv-mutation/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

.PHONY: mutate
mutate: .venv-mutation/.created ## change the rules in some 1,800 ways and see that a test fails each time (some ten minutes)
	@rm -rf mutants
	.venv-mutation/bin/mutmut run $(ARGS)
	.venv-mutation/bin/mutmut results

.PHONY: tamper
tamper: setup-test ## tamper with an export in 10,000 ways and with the database in 420, and write docs/audit/tamper.md
	@$(PY) -m tests.audit.tamper $(ARGS)

.PHONY: bench
bench: $(VENV)/.bench ## measure throughput, latency and memory on a real broker
	@$(PY) -m benchmarks $(ARGS)

.PHONY: lock
lock: ## write requirements.lock anew, with the newest versions that the ranges allow
	@new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT \
	&& $(PYTHON) -m venv "$$new" && "$$new/bin/pip" install --quiet --editable '.[test,bench]' \
	&& { grep '^#' requirements.lock; "$$new/bin/pip" freeze --exclude-editable; } > requirements.lock.new \
	&& mv requirements.lock.new requirements.lock

.PHONY: clean
clean: ## remove .venv and all that was built or cached; the trial's data stay
	rm -rf $(VENV) .venv-mutation mutants build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache .coverage htmlcov tests/servers/kafka/target
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
