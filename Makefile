# Every target sets up what it needs: .venv with the locked packages, and for the tests a browser.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run cluster cluster-test demo backup restore drill test chaos check fmt bench client lock clean environment

PYTHON ?=
CHROMIUM ?=
ARGS ?=
AMIS ?=
MINUTES ?= 60
NODES ?= 1
ACTIONS ?= 25
BACKUP ?=
SEED ?=
export PYTHON

bin := .venv/bin
# Each process has servers of its own, and waits for them half of its time: three keep two processors busy.
pytest := $(bin)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: environment ## Start everything on this machine and show where it is (API_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, MAILBOX_PORT, DATA_DIR); AMIS=demo, with a stand-in for AMIS CRM (AMIS_PORT)
	@AMIS='$(AMIS)' exec $(bin)/python -m embedded

cluster: environment ## The same on a Temporal cluster of several processes, two APIs and two workers behind HAProxy; NODES=2, two of each. Builds Temporal once (needs Go)
	@NODES='$(NODES)' exec $(bin)/python -m cluster

cluster-test: environment ## Kill, freeze and restart one and both of each role of a cluster, PostgreSQL and the balancer under load, and check every answer (needs Go and HAProxy); ACTIONS=25 a second
	@CLUSTER_TEST=1 ACTIONS='$(ACTIONS)' exec $(bin)/python -m pytest -s tests/cluster/test_faults.py $(ARGS)

demo: environment ## Play one request from draft to completed against the running system
	@exec $(bin)/python -m demo $(ARGS)

backup: environment ## Back up what make run keeps, also while it runs: into .backups, of which 14 are kept; ARGS='DIRECTORY --keep 30'
	@exec $(bin)/python -m embedded.backup $(ARGS)

restore: environment ## Put a backup into an empty DATA_DIR and check it: BACKUP=.backups/20261129T030000Z
	@exec $(bin)/python -m embedded.restore '$(BACKUP)'

drill: environment ## Restore a backup into a second place, check it, decide a request there; the newest one, or BACKUP=…
	@exec $(bin)/python -m embedded.drill $(BACKUP)

test: environment ## Run all tests, side by side; ARGS goes to pytest, e.g. make test ARGS='-n 0 tests/approval -k deadline'
	@if [ "$(CHROMIUM)" = none ]; then \
		exec $(pytest) -m "not browser" $(ARGS); \
	fi; \
	CHROMIUM="$$(CHROMIUM='$(CHROMIUM)' scripts/browser)" || exit 1; \
	export CHROMIUM; \
	exec $(pytest) $(ARGS)

chaos: environment ## Kill, freeze, fill up and restore everything under load, and check every answer; MINUTES=60, SEED=… plays it again
	@CHAOS_MINUTES='$(MINUTES)' SEED='$(SEED)' exec $(bin)/python -m pytest -s tests/faults/test_chaos.py $(ARGS)

check: environment ## Lint, formatting, types, and which package may import which
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports

fmt: environment ## Format the code and repair what the linter can repair
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

bench: environment ## Measure how fast it is, for docs/performance.md; QUICK=1, BESIDE='other tests', ARGS='throughput', ARGS='open --long', ARGS=cluster, ARGS=before BEFORE=<git revision>
	@if [ "$(CHROMIUM)" != none ]; then \
		CHROMIUM="$$(CHROMIUM='$(CHROMIUM)' scripts/browser)" || exit 1; \
		export CHROMIUM; \
	fi; \
	exec $(bin)/python -m bench $(ARGS)

client: environment ## Make the typed client again from the OpenAPI document (purchase_approval_client/generated)
	@exec $(bin)/python -m scripts.client_code

compile := uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --quiet
lock: environment ## Make the lock files again from pyproject.toml; ARGS='--upgrade' takes newer versions
	$(bin)/$(compile) $(ARGS) --output-file requirements.lock >/dev/null
	$(bin)/$(compile) $(ARGS) --group dev --constraint requirements.lock --output-file requirements-dev.lock >/dev/null

clean: ## Remove .venv and caches; data in .data stays
	rm -rf .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	find . -name __pycache__ -type d -not -path './.data/*' -prune -exec rm -rf {} +

environment:
	@scripts/environment
