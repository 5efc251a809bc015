# Everything here sets up what it needs first; a fresh machine needs python3 (3.11+), git and make.
PYTHON ?= python3
BIN := .venv/bin
# Two processes, each with its own PostgreSQL.
PYTEST := $(BIN)/python -m pytest
PARALLEL ?= -n 2 --dist loadfile

.PHONY: up test lint prove rules bench clean locks .run .dev

up: .run
	@exec $(BIN)/hearthdesk up

test: .dev
	@$(PYTEST) $(PARALLEL) $(TESTS)

prove: .dev
	@$(PYTEST) -m prove $(TESTS)

lint: .dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/lint-imports
	$(BIN)/hearthdesk db check
	$(BIN)/python -m core.ui.manifest

rules: .dev
	@$(BIN)/hearthdesk rules --tests

bench: .dev
	@$(BIN)/python -m bench

locks: .dev
	$(BIN)/uv pip compile -q --no-header --generate-hashes --universal --python-version 3.11 \
		--group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --no-header --generate-hashes --universal --python-version 3.11 \
		--group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.run:
	@$(PYTHON) scripts/set_up.py run

.dev:
	@$(PYTHON) scripts/set_up.py dev
