# One word for each thing one does with the project. Needs nothing but make and python3 (3.11 or newer):
# the first call makes .venv and installs what uv.lock names. Paths here are relative, so that a clone
# may stand in a folder with blanks in its name.

PYTHON ?= python3
# More words for pytest, for example: make test PYTEST_ARGS="-k stock -x"
PYTEST_ARGS ?=
# How many histories `make soak` plays.
HISTORIES ?= 10000
# How many records `make parts` carries.
RECORDS ?= 200000

BIN := .venv/bin
READY := .venv/.ready
MOCK := tests/contract/labd
NPM := $(shell command -v npm 2>/dev/null)

# A virtual environment that happens to be active, or a path of another project, is not ours.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# Without its bytecode every start of a program would compile half a million lines anew.
unexport PYTHONDONTWRITEBYTECODE
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint style types imports slow check bench fuzz soak parts mock clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv with everything that uv.lock names

demo: $(READY) ## a shop, an ERP and the sync between them, on this machine
	$(BIN)/passerelle demo

test: $(READY) mock ## the tests, without those that take long
	$(BIN)/python -m pytest -m "not slow" $(PYTEST_ARGS)

lint: style types imports ## format, lint, types, and which room imports which

style: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

slow: $(READY) mock ## only the tests that take long
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

check: lint mock ## what CI checks: lint and all tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(READY) ## measure the workloads against what they compare with
	$(BIN)/python -m bench

fuzz: $(READY) ## ten thousand mutated files for every reader
	$(BIN)/python -m tests.fuzz

soak: $(READY) ## ten thousand histories of orders with crashes, lost answers, files twice (HISTORIES=...)
	PASSERELLE_HISTORIES=$(HISTORIES) $(BIN)/python -m pytest -s tests/orders_model $(PYTEST_ARGS)

parts: $(READY) ## a feed of 200,000 records by one process and by three (RECORDS=...)
	PASSERELLE_PARTS_RECORDS=$(RECORDS) $(BIN)/python -m pytest -s tests/parts/test_large_feed.py $(PYTEST_ARGS)

clean: ## remove what was installed and built here
	rm -rf .venv $(MOCK)/node_modules build dist

# The independent commerce API that the contract tests ask. Without npm those tests say so and skip.
mock:
ifneq ($(NPM),)
mock: $(MOCK)/node_modules/.package-lock.json

$(MOCK)/node_modules/.package-lock.json: $(MOCK)/package.json $(MOCK)/package-lock.json
	@cd $(MOCK) && npm ci --no-audit --no-fund --loglevel=error \
		|| echo "npm ci failed in $(MOCK): the tests that compare with the independent mock will skip." >&2
	@touch -c $@
else
	@echo "npm is not here: the tests that compare with the independent mock will skip (install Node.js 20 or newer)."
endif

# uv is installed by pip, then brings exactly what uv.lock names; quick when nothing changed.
$(READY): pyproject.toml uv.lock
	@command -v $(PYTHON) >/dev/null || { echo "There is no '$(PYTHON)' here: install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Passerelle needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "'$(PYTHON)' cannot make virtual environments: its venv module is missing." >&2; \
		echo "On Debian or Ubuntu install the package python3-venv, then call make again." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install -qq --disable-pip-version-check "uv>=0.13"
	@$(BIN)/uv sync --frozen --quiet
	@touch $@
