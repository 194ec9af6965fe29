# make run, make test: each sets up alone, on a machine with python3 (3.11 or newer), make and a compiler.
# make -k check shows the offences of every guard, not only of the first that finds one.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
UV := $(shell command -v uv 2>/dev/null)
WORKERS ?= auto
ARGS ?=
KILLS ?= 100
IMAGES ?= 500
SCHEDULES ?= 1000
RACES ?= 10000
SECONDS ?= 300
EXAMPLES ?= 2000
SEED ?= 1
VALUES ?= 1000000
READY := $(VENV)/.ready
PROOFS := $(VENV)/.proofs

.PHONY: help setup mutate run test agree security sim kill images failures fuzz schemathesis races overload neighbours machines parity localtime check lint layout types imports own format bench coverage lock clean

help:
	@echo 'make run      sets up and runs the demo; options in ARGS, such as ARGS="--once --json"'
	@echo 'make test     sets up and runs all tests; some of them: ARGS="tests/laws -k cap"'
	@echo 'make sim      lives through SCHEDULES schedules (1000) of the simulator that the ledger does not know yet'
	@echo 'make kill     kills the running engine KILLS times (100) at moments that SEED chooses, and looks what is left'
	@echo 'make races    stops RACES messages (10000) at the moment at which they go out, and looks which calls still begin'
	@echo 'make overload brings 120 % of what the engine can take, for SECONDS (300): refusals, memory, what is acknowledged'
	@echo 'make neighbours measures what others feel of one who misbehaves, with and without in turn'
	@echo 'make security plants values that nobody may read, chosen by SEED, and knocks at every door; LEDGER=1 keeps the figures'
	@echo 'make machines tries each state machine EXAMPLES times (2000), from SEED on'
	@echo 'make parity   compares VALUES (1000000) conditions and features live and in DuckDB; how to go on: --state'
	@echo 'make localtime compares local time around every change of every clock, 2024 to 2033, with a scan by a second library'
	@echo 'make schemathesis  asks a running engine all that /openapi.json says, EXAMPLES (200) times each; LEDGER=1 keeps the figures'
	@echo 'make fuzz     looks for SECONDS (60) at each parser for an item that it fails on: ARGS="condition --jobs 2"'
	@echo 'make images   cuts the power of a recorded engine IMAGES times (500), chosen by SEED, and opens what is left'
	@echo 'make failures lets every write, sync, cut, opening and renaming of a short run fail: ARGS="--every 4 --first 0"'
	@echo 'make check    linter, layout, types, imports and our own checkers; all of them: make -k check'
	@echo 'make mutate   breaks each module of seven parts in every small way: which does no test notice? PART="merge"'
	@echo 'make bench    measures, into benchmarks/latest.json'
	@echo 'make agree    looks for a history in which the two engines differ: ARGS="--histories 20000 --from 0"'
	@echo 'make coverage runs all tests and shows which branches none of them took'
	@echo 'make setup    only sets up, into $(VENV)'
	@echo 'make format   lays the code out and sorts its imports'
	@echo 'make lock     resolves the dependencies again, into constraints.txt (needs uv)'
	@echo 'make clean    removes $(VENV) and everything else that was made'

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "opportune needs Python 3.11 or newer as python3: this machine has $$(python3 --version 2>&1)"; exit 1; }
	@echo 'setting up in $(VENV): this may take a minute, once' >&2
ifneq ($(UV),)
	test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r constraints.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment: install its venv package (Debian: apt-get install python3-venv)"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@touch $(READY)

run: $(READY)
	@$(BIN)/opportune demo $(ARGS)
	@command -v opportune >/dev/null || echo 'So that your shell knows opportune: . $(VENV)/bin/activate' >&2

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

security: $(READY)
	LEDGER=$(LEDGER) OPPORTUNE_SEED=$(SEED) $(BIN)/python -m pytest -rP tests/security $(ARGS)

sim: $(READY)
	$(BIN)/python -m tests.faults.sim --schedules $(SCHEDULES) $(if $(LEDGER),--ledger) $(ARGS)

kill: $(READY)
	OPPORTUNE_KILLS=$(KILLS) OPPORTUNE_SEED=$(SEED) $(BIN)/python -m pytest -n 4 -rP \
		tests/faults/test_kill.py tests/faults/test_kill_erasing.py $(ARGS)

races: $(READY)
	OPPORTUNE_RACES=$(RACES) OPPORTUNE_SEED=$(SEED) $(BIN)/python -m pytest -rP tests/faults/test_races.py $(ARGS)

overload: $(READY)
	OPPORTUNE_OVERLOAD=$(SECONDS) OPPORTUNE_SEED=$(SEED) $(BIN)/python -m pytest -rP -o faulthandler_timeout=1200 \
		tests/faults/test_overload.py $(ARGS)

neighbours: $(READY)
	$(BIN)/python -m tests.faults.neighbours $(ARGS)

machines: $(READY)
	OPPORTUNE_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal \
		--hypothesis-seed=$(SEED) tests/laws/machines $(ARGS)

parity: $(READY)
	$(BIN)/python -m benchmarks.parity --checks $(VALUES)
	$(BIN)/python -m benchmarks.parity_features --values $(VALUES)

localtime: $(READY)
	$(BIN)/python -m benchmarks.localtime $(ARGS)

fuzz: $(PROOFS)
	$(BIN)/python -W ignore -m tests.fuzz --seconds $(if $(filter command environment,$(firstword $(origin SECONDS))),$(SECONDS),60) --seed $(SEED) $(if $(LEDGER),--ledger) $(ARGS)

$(PROOFS): $(READY) constraints-proofs.txt
ifneq ($(UV),)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r constraints-proofs.txt
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints-proofs.txt
endif
	@touch $(PROOFS)

images: $(READY)
	$(BIN)/python -m tests.faults.images --images $(IMAGES) --seed $(SEED) $(if $(LEDGER),--ledger) $(ARGS)

failures: $(READY)
	$(BIN)/python -m tests.faults.failures --seed $(SEED) $(if $(LEDGER),--ledger) $(ARGS)

agree: $(READY)
	$(BIN)/python -m tests.laws.agree $(ARGS)

mutate: $(READY)
	$(BIN)/python -m tools.mutate $(PART) $(ARGS)

coverage: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term-missing:skip-covered $(ARGS)

schemathesis: EXAMPLES = 200
schemathesis: $(READY)
	$(BIN)/python -m tests.contracts.asking --examples $(EXAMPLES) --seed $(SEED) $(if $(LEDGER),--ledger)

check: lint layout types imports own

lint: $(READY)
	$(BIN)/ruff check

layout: $(READY)
	$(BIN)/ruff format --check --output-format concise || { echo 'make format lays these files out'; exit 1; }

types: $(READY)
	$(BIN)/mypy --strict

imports: $(READY)
	$(BIN)/lint-imports --no-cache

own: $(READY)
	$(BIN)/python tools/check.py

format: $(READY)
	$(BIN)/ruff check --quiet --fix --select I
	$(BIN)/ruff format

bench: $(READY)
	$(BIN)/python -m benchmarks

lock:
	uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-annotate --no-header \
		--quiet -o constraints.txt

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
