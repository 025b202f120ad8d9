# Every target sets itself up: a machine with Python 3.11 (or newer) and pip is enough.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup format check test demo benchmark clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: check
	$(BIN)/pytest

# What there is to show today: a small dataset with its page, and the graders on sample cases.
demo: setup
	$(BIN)/rrft build-data --family counting --split id,ood --size test=24 --size ood-camera=24 --size ood-crowd=24 \
	  --size ood-pairing=24 --size ood-depth=24 --size ood-vehicles=24 --size ood-vehicles-math=24 --out data/demo
	$(BIN)/rrft view data/demo
	$(BIN)/rrft check examples/cases.jsonl --out examples/verdicts.jsonl
	$(BIN)/rrft check examples/cases.jsonl --reading lenient

benchmark: setup
	$(BIN)/python -m benchmarks.grading
	$(BIN)/python -m benchmarks.build

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
