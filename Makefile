# Everything starts from a fresh clone with Python 3.11 or newer and make: the first target that
# needs it makes .venv from the pinned versions in requirements/. `make` alone lists the targets.

VENV ?= .venv
BIN := $(VENV)/bin
LOCK := requirements/lock.txt
# Extra arguments: make test ARGS="-k gateway", make demo ARGS="--port 8000".
ARGS ?=
CHROMIUM_HOWTO := apt-get install chromium fonts-noto-core fonts-noto-cjk

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench simulate calibrate fuzz quality suites golden docs docs-images lock browser clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

demo: $(VENV)/.core ## a small multilingual newsroom with adweave in front of it
	@$(BIN)/adweave demo $(ARGS)

# Two at a time: tests in a browser wait more than they compute, and start a browser and servers.
test: $(VENV)/.dev ## all tests; those in a browser where Chromium is
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

lint: $(VENV)/.dev ## format, style, types and import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## put the code into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## the figures, as ratios to what people use now
	@$(BIN)/python -m tests.bench $(ARGS)

simulate: $(VENV)/.dev ## made-up experiments, and docs/explanation/simulations.md written anew
	@$(BIN)/python -m tests.bench.experiments $(or $(ARGS),--write docs/explanation/simulations.md)

calibrate: $(VENV)/.dev ## estimated heights against those that Chromium lays out
	@$(BIN)/python -m tests.bench.calibration $(ARGS)

fuzz: $(VENV)/.dev ## broken and hostile pages for a bounded time
	@$(BIN)/python -m tests.fuzz $(ARGS)

quality: $(VENV)/.dev ## every page of the corpus, and docs/quality.md written anew
	@$(BIN)/python -m tests.quality $(or $(ARGS),--write docs/quality.md)

suites: $(VENV)/.dev ## REDbot, Starlette's own tests and Lighthouse, without and with adweave
	@$(BIN)/python -m tests.suites $(ARGS)

golden: $(VENV)/.dev ## write the golden explanations anew
	@$(BIN)/python -m tests.golden

docs: $(VENV)/.dev ## write the reference pages from the code
	@$(BIN)/python docs/generate.py

docs-images: $(VENV)/.dev ## take the pictures of the demo in Chromium
	@$(BIN)/python docs/images/make.py

lock: $(VENV)/.pip ## pin the newest versions that pyproject.toml allows
	@$(BIN)/python -m pip install --quiet --requirement requirements/tools.txt
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --extra dev --no-header --no-emit-index-url --no-annotate \
	  --output-file $(LOCK) pyproject.toml requirements/build.in
	@echo "$(LOCK): $$(grep -c == $(LOCK)) pins. Now: make test"

browser: ## build the loader and head script from browser/ (needs Node and npm)
	@command -v npm >/dev/null || { \
	  echo "make browser needs Node 20 and npm; without them the built files in the package serve." >&2; exit 3; }
	cd browser && npm ci --no-audit --no-fund && npm run build

clean: ## remove what was built, .venv included
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# --- the virtual environment -----------------------------------------------------------------
# A candidate must run, not only exist: version managers leave names that start nothing.
$(BIN)/python:
	@found=; \
	for candidate in $${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "adweave needs Python 3.11 or newer; found: $$($${PYTHON:-python3} --version 2>&1 || echo none)." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 3; \
	fi; \
	if ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "$$found has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 3; \
	fi; \
	echo "making $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV)

# pip first: older ones fail on an extra in the graph (readability-lxml's lxml[html-clean]).
$(VENV)/.pip: requirements/pip.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(VENV)/.core: pyproject.toml $(LOCK) | $(VENV)/.pip
	@echo "installing adweave"
	@PIP_CONSTRAINT=$(LOCK) $(BIN)/python -m pip install --quiet --editable '.[reports]'
	@touch $@

$(VENV)/.dev: pyproject.toml $(LOCK) | $(VENV)/.pip
	@echo "installing adweave and what its tests need"
	@PIP_CONSTRAINT=$(LOCK) $(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.core
