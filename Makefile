# Two commands do everything: `make quickstart` and `make test`.
# They need Rust, a C compiler and Python 3; they fetch the rest, or say in one line what is missing.

SHELL := bash
CACHE := $(if $(BRICKYARD_CACHE),$(BRICKYARD_CACHE),$(HOME)/.cache/brickyard)
# Build outputs outside the checkout: a fresh clone on a warm machine builds only what is ours.
export CARGO_TARGET_DIR ?= $(CACHE)/target
export BRICKYARD_BIN ?= $(CARGO_TARGET_DIR)/release/brickyard
export BRICKYARD_CACHE := $(CACHE)
PYTHON := $(CACHE)/venv/bin/python

.PHONY: help quickstart test build web venv lint unit clients exchange web-test fmt bench bench-ml bench-sql clean-data

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

unit: ## Rust tests, the tidy test among them
	cargo test --workspace --quiet

clients: venv ## The stock clients against the real binary
	$(PYTHON) -m pytest tests/clients

exchange: ## Exported models in ONNX Runtime, LightGBM and XGBoost
	cargo test --package brickyard-exchange --quiet
	@python3 -m venv $(CACHE)/exchange-venv
	@$(CACHE)/exchange-venv/bin/pip install --quiet --requirement tests/exchange/requirements.txt
	$(CACHE)/exchange-venv/bin/python -m pytest tests/exchange

web-test: build venv ## The web page: its own tests, then journeys in a real browser
	@scripts/web test
	@PATH="$(CACHE)/venv/bin:$$PATH" scripts/web e2e

bench: build venv ## Brickyard beside Spark, in one run, as ratios
	@$(PYTHON) bench/spark/run.py

bench-sql: build venv ## TPC-H on Brickyard, DuckDB and Sail, side by side
	@$(PYTHON) bench/sql/run.py

bench-ml: build venv ## Brickyard beside LightGBM, XGBoost, scikit-learn, implicit and hnswlib
	@$(PYTHON) bench/ml/run.py

fmt: ## Format
	cargo fmt --all
