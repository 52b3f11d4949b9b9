# Every target sets up what it needs: an environment in .venv, installed once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The JavaScript test's packages, where there is a Node that can run them.
NPM := $(shell command -v npm >/dev/null && node -p 'parseInt(process.versions.node) >= 18 ? "npm" : ""' 2>/dev/null)
PACKAGES := tests/sandbox/javascript
PACKAGES_READY := $(PACKAGES)/node_modules/.ready
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: demo test faults bench lint fmt screenshot clean
demo: $(READY)
	$(BIN)/python -m bot demo $(if $(SPEED),--speed $(SPEED)) $(if $(PORT),--port $(PORT)) $(if $(ONE),--one-workspace)

# BOTH=1 plays every scenario in a room with two workspaces too, and whatever takes long.
test: $(READY) $(if $(NPM),$(PACKAGES_READY))
	@test -n "$(CHROMIUM)" || echo "No Chromium here: the browser tests are left out. .ci/run installs it on Debian."
	@test -n "$(NPM)" || echo "No Node.js 18 with npm here: the JavaScript test is left out. .ci/run installs them on Debian."
	$(BIN)/python -m pytest -n 3 --dist worksteal $(if $(BOTH),--both) $(if $(CHROMIUM),,--ignore=tests/browser) \
		$(if $(NPM),,--ignore=tests/sandbox/test_javascript.py)

# Plays every fault on both databases, and takes about two hours: ONLY=1,2 DATABASE=sqlite SEED=7 choose.
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

$(PACKAGES_READY): $(PACKAGES)/package.json
	$(NPM) install --silent --prefix $(PACKAGES)
	touch $(PACKAGES_READY)

clean:
	rm -rf $(VENV) $(PACKAGES)/node_modules
