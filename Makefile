# Kintsugi: `make run` starts everything, `make test` proves it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE
TORCH ?= $(or $(KINTSUGI_TORCH),default)
KINTSUGI := .venv/bin/kintsugi

.PHONY: help install run down status logs test lint requirements bench engines compose-check clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: ## Install the locked environment into .venv (TORCH=cpu takes PyTorch's own CPU build)
	@TORCH=$(TORCH) scripts/install.sh

run: install ## Start the platform, do the main job, print the report; the platform stays up
	@$(KINTSUGI) up

down: ## Stop the platform
	@if [ -x $(KINTSUGI) ]; then $(KINTSUGI) down; fi

status: ## Show the services and how they are
	@$(KINTSUGI) status

logs: ## Show the newest log lines (SERVICE=scheduler for one service)
	@$(KINTSUGI) logs $(SERVICE)

test: export HF_HUB_OFFLINE := 1
test: install ## Prove the project: every test, with a summary by layer
	@.venv/bin/python scripts/test_layers.py

engines: install ## Start a real OpenSearch and a MongoDB-wire server on loopback, for tests and for trying out
	@.venv/bin/python -m tests.engines

compose-check: install ## Hold docker/ against the compose schema and our own rules; needs no Docker
	@.venv/bin/python -m scripts.compose_check

lint: install ## Check style, types and the direction of imports
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && PYTHONPATH=plugins .venv/bin/lint-imports

requirements: install ## Export requirements.txt from uv.lock
	@scripts/uv.sh export --frozen --no-dev --no-hashes --no-emit-project --no-annotate -q -o requirements.txt

bench: install ## Measure starting and answering (see `kintsugi bench --help` for the others)
	@$(KINTSUGI) bench start

clean: down ## Stop the platform and remove what it wrote and what was installed
	@rm -rf var .venv .engines .pytest_cache .mypy_cache .ruff_cache .hypothesis
