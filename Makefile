# Every target sets up what it needs: an environment in .venv, installed once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: demo test faults bench lint fmt screenshot clean
demo: $(READY)
	$(BIN)/python -m bot demo $(if $(SPEED),--speed $(SPEED)) $(if $(PORT),--port $(PORT)) $(if $(ONE),--one-workspace)

test: $(READY)
	@test -n "$(CHROMIUM)" || echo "No Chromium here: the browser tests are left out. .ci/run installs it on Debian."
	$(BIN)/python -m pytest -n 2 --dist worksteal $(if $(CHROMIUM),,--ignore=tests/browser)

# Plays every fault on both databases, and takes an hour and a half: ONLY=1,2 DATABASE=sqlite SEED=7 choose.
faults: $(READY)
	$(BIN)/python -m tests.faults $(if $(ONLY),--only "$(ONLY)") $(if $(DATABASE),--database $(DATABASE)) $(if $(SEED),--seed $(SEED))

# Measures on a quiet machine, about a quarter of an hour, and writes docs/benchmarks.md.
bench: $(READY)
	$(BIN)/python -m tests.bench --write

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshot: $(READY)
	$(BIN)/python docs/screenshot.py

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Jointroom needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

clean:
	rm -rf $(VENV)
