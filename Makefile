# Two commands do everything on a fresh machine with Python 3.11+, git and make: `make demo` and `make test`.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
V := .venv/bin
N ?= auto

.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

setup: .venv/.ready ## build the environment in .venv from the lock files

.venv/.ready: requirements.lock package-lock.json pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: install it, or name it with PYTHON=…"; exit 1; }
	test -x $(V)/python || $(PYTHON) -m venv .venv
	$(V)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(V)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	$(V)/python -c "from hub.adapters.wordstock import load_lexicon; load_lexicon()"  # the table of words, kept in the user's cache
	if command -v npm >/dev/null 2>&1; then npm ci --silent; else PATH="$(CURDIR)/$(V):$$PATH" $(V)/npm ci --silent; fi
	touch $@

demo: setup ## one synthetic night through the whole journey, then the web admin
	$(V)/hub demo

test: setup ## every test, against a real PostgreSQL
	$(V)/python -m pytest -n $(N) --dist loadfile --no-loadscope-reorder

check: setup ## format, lint, types, import contracts, fast tests
	$(V)/ruff format --check .
	$(V)/ruff check .
	$(V)/mypy
	$(V)/lint-imports
	$(V)/python -m pytest -q tests/rules tests/protocols

format: setup ## put the code in the house's format
	$(V)/ruff format .
	$(V)/ruff check --fix .

bench: setup ## rows per second by stage and for the night, beside the naive way, in one run
	$(V)/python -m tests.bench.night

bench-areas: setup ## points to areas beside other engines, accuracy where the truth is published, the five classes
	$(V)/python -m tests.bench.areas

bench-disclosure: setup ## disclosure control beside its peers, in one run (LARGE=10000000 adds the streamed command)
	$(V)/python -m tests.bench.disclosure $(if $(LARGE),--large $(LARGE))

bench-pseudonyms: setup ## distinct values a second by identifier, normalising included, on one core
	$(V)/python -m tests.bench.pseudonyms

bench-pages: setup ## milliseconds and SQL statements of every page among 300 protocols and a million events (about three minutes)
	$(V)/python -m tests.bench.pages

bench-ledger: setup ## events appended and verified a second, proofs, and the decision's time (LARGE=1000000 sets the log's size)
	$(V)/python -m tests.bench.ledger $(if $(LARGE),--events $(LARGE))

evaluate: setup ## the redaction of notes beside Presidio on hand-written and generated notes, in one run (CRATE=PYTHON adds CRATE)
	$(V)/python -m tests.evaluation $(if $(CRATE),--crate $(CRATE))

evaluate-geocode: setup ## the geocoder's figures on open data (../shared/data), peers in the same run
	$(V)/python -m tests.bench.evaluate_geocode

bench-release: setup ## a release from pool to files, its first byte and page, a trace among fifty recipients (LARGE=10000000 sets its rows)
	$(V)/python -m tests.bench.release $(if $(LARGE),--rows $(LARGE))

lock: ## write requirements.lock anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--extra hub --extra dev -o requirements.lock pyproject.toml

clean: ## remove what set-up and runs have made
	rm -rf .venv node_modules data build .mypy_cache .ruff_cache .pytest_cache .hypothesis
