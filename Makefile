# Every target sets itself up: a machine with Python 3.11 (or newer) and pip is enough.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup format check test test-vllm demo benchmark clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,api,train]'
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

# The real vLLM on a processor, in an environment of its own that is made once (about 3 minutes).
test-vllm:
	place="$$(PYTHON=$(PYTHON) bash tests/vllm/engine/build.sh)" && PYTHONPATH=$(CURDIR) "$$place/bin/python" -m pytest \
	  -m vllm -o filterwarnings= -p no:cacheprovider tests/vllm

# What there is to show today: a small dataset with its page, two references evaluated on it, and the
# graders on sample cases.
demo: setup
	$(BIN)/rrft build-data --family counting --split id,ood --size test=24 --size ood-camera=24 --size ood-crowd=24 \
	  --size ood-pairing=24 --size ood-depth=24 --size ood-vehicles=24 --size ood-vehicles-math=24 --out data/demo
	$(BIN)/rrft view data/demo
	$(BIN)/rrft eval --model oracle --data data/demo --out results/demo-oracle
	$(BIN)/rrft eval --model prior --data data/demo --out results/demo-prior
	$(BIN)/rrft compare results/demo-prior results/demo-oracle
	$(BIN)/rrft check examples/cases.jsonl --out examples/verdicts.jsonl
	$(BIN)/rrft check examples/cases.jsonl --reading lenient

benchmark: setup
	$(BIN)/python -m benchmarks.grading
	$(BIN)/python -m benchmarks.evaluate
	$(BIN)/python -m benchmarks.build

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
