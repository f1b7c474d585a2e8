# `make run` and `make test` set everything up on a fresh machine with Python 3.11 to 3.13.

PYTHON ?= python3
VENV ?= .venv
DATA ?= digits
BIN := $(VENV)/bin

.PHONY: run test check test-browser test-cifar10 test-cluster test-light torture docs site lock clean

run: $(VENV)/ready
	$(BIN)/tenfold run --data $(DATA)

test: $(VENV)/ready
	$(BIN)/pytest

check: $(VENV)/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python docs/generate.py --check
	$(BIN)/mkdocs build --strict
	$(BIN)/pytest
	$(BIN)/pytest -m notebook -n 0

# Needs Chromium.
test-browser: $(VENV)/ready
	$(BIN)/pytest -m browser -n 0

# Asks the package index for what a light server needs.
test-light: $(VENV)/ready
	$(BIN)/pytest -m light -n 0

# Starts Ray, with two nodes of one core each.
test-cluster: $(VENV)/ready
	$(BIN)/pytest -m cluster -n 0

test-cifar10: $(VENV)/ready
	$(BIN)/pytest -m cifar10

# The long set of fault tests: about an hour on two cores. `make test` runs a short set.
torture: $(VENV)/ready
	$(BIN)/pytest -m torture -s tests

docs: $(VENV)/ready
	$(BIN)/python docs/generate.py

# Web pages of the docs, in the folder site: open site/index.html.
site: $(VENV)/ready
	$(BIN)/mkdocs build --strict

# The pinned versions, with hashes, for every supported Python and platform; names no index. A light
# server needs the second list only, a machine of a Ray cluster the third, in the same versions.
LOCK := $(PYTHON) -m uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
lock:
	$(LOCK) pyproject.toml --group dev --output-file requirements.txt
	$(LOCK) --group serve --constraint requirements.txt --no-annotate \
		--output-file requirements-serve.txt
	$(LOCK) pyproject.toml --extra cluster --group node --constraint requirements.txt \
		--no-annotate --output-file requirements-cluster.txt

$(VENV)/ready: requirements.txt pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and f'Tenfold needs Python 3.11 to 3.13; $(PYTHON) is {sys.version.split()[0]}. Try: make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache site
