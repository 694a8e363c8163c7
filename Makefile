# Two commands do everything: `make quickstart` and `make test`.
# They need Rust, a C compiler and Python 3; they fetch the rest, or say in one line what is missing.

SHELL := bash
CACHE := $(if $(BRICKYARD_CACHE),$(BRICKYARD_CACHE),$(HOME)/.cache/brickyard)
# Build outputs outside the checkout: a fresh clone on a warm machine builds only what is ours.
export CARGO_TARGET_DIR ?= $(CACHE)/target
export BRICKYARD_BIN ?= $(CARGO_TARGET_DIR)/release/brickyard
export BRICKYARD_CACHE := $(CACHE)
PYTHON := $(CACHE)/venv/bin/python

.PHONY: help quickstart test build web venv lint unit clients web-test web-e2e fmt bench clean-data

help: ## Say what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

quickstart: build venv ## Train, deploy and predict on real flights, then print the web address
	@$(PYTHON) examples/quickstart/run.py

test: web lint build unit venv clients web-test ## Run everything CI runs

build: web ## Build the binary, with the web page in it
	@scripts/need cargo cc
	cargo build --release --workspace

web: ## Build the web page
	@scripts/web build

venv: ## Make the Python environment with the stock clients
	@scripts/venv

lint: ## Formatting and clippy, warnings denied
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- --deny warnings

# Suites that were not yet seen green from end to end. Each leaves these lists with the commit that makes it so.
UNIT_PENDING := engine functions web lake train server serving api-scoring api-spark
CLIENTS_PENDING := test_ml test_errors test_cluster test_delta test_mlflow

unit: ## Rust tests, the tidy test among them
	cargo test --release --workspace --quiet $(UNIT_PENDING:%=--exclude brickyard-%)

clients: venv ## The stock clients against the real binary
	$(PYTHON) -m pytest tests/clients $(CLIENTS_PENDING:%=--ignore tests/clients/%.py)

web-test: ## The web page's own tests
	@scripts/web test

web-e2e: build venv ## The web page in a real browser; pending like the suites above
	@scripts/web e2e

bench: build venv ## Brickyard beside Spark, in one run, as ratios
	@$(PYTHON) bench/spark/run.py

fmt: ## Format
	cargo fmt --all
