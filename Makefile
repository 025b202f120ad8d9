# Every target sets itself up: a machine with Python 3.11 (or newer) and pip is enough.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# What is compiled is kept, whatever the environment says: tests start this program a hundred times.
unexport PYTHONDONTWRITEBYTECODE
READY := $(VENV)/.ready

.PHONY: setup format check test test-thorough test-vllm demo nano-base nano-base-shipped benchmark clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,api,train,ray,hdf]'
	touch $@

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# One process a core, a file of tests in one of them: what a file makes once is not made twice.
PYTEST := $(BIN)/pytest -n auto --dist loadfile --durations=60 --durations-min=2

test: check
	$(PYTEST) -m "not thorough"

# Statistics of many draws, whole commands that are killed and gone on with, a cluster.
test-thorough: setup
	$(PYTEST) -m thorough

# The real vLLM on a processor, in an environment of its own that is made once (about 3 minutes).
test-vllm:
	place="$$(PYTHON=$(PYTHON) bash tests/vllm/engine/build.sh)" && PYTHONPATH=$(CURDIR) "$$place/bin/python" -m pytest \
	  -m vllm -o filterwarnings= -p no:cacheprovider tests/vllm

# The whole story on the embedded model: data, SFT, GRPO, evaluation in and out of domain, the report.
demo: setup
	$(BIN)/rrft quickstart

# A base made anew from our own builders, from fewer pictures than the embedded one; how long that takes and how well it sees is
# not measured.
BASE := data/nano-base
BASE_DRAW = $(BIN)/rrft build-data --split train,test --level easy --image-size 128x96 --seed 1000
nano-base: setup
	$(BASE_DRAW) --family counting --size train=$(BASE_TABLES),test=250 --out $(BASE)/counting
	$(BASE_DRAW) --family transformation --size train=$(BASE_PAIRS),test=250 --out $(BASE)/transformation
	$(BASE_DRAW) --family geometry --size train=600,test=16 --out $(BASE)/geometry  # for their words alone
	$(BIN)/python -m reasonrft.nano.pretrain --data $(BASE)/counting $(BASE)/transformation $(BASE)/geometry \
	  --diagrams $(BASE_DIAGRAMS) --out $(BASE)/model $(BASE_COURSE)
	$(BIN)/python -m reasonrft.nano.measure $(BASE)/model --data $(BASE)/counting $(BASE)/transformation
BASE_TABLES := 6000
BASE_PAIRS := 2500
BASE_DIAGRAMS := 6000
BASE_COURSE :=

# The embedded one, on a GPU. Its card (reasonrft/nano/base/README.md) says what it came to, and at which sources.
nano-base-shipped:
	$(MAKE) nano-base BASE_TABLES=20000 BASE_PAIRS=8000 BASE_DIAGRAMS=24000 \
	  BASE_COURSE="--device cuda --workers 14 --batch 512 --see 3000 --see-rate 2e-3 --say 3700 --say-rate 1.5e-3"

benchmark: setup
	$(BIN)/python -m benchmarks.grading
	$(BIN)/python -m benchmarks.evaluate
	$(BIN)/python -m benchmarks.build
	$(BIN)/python -m benchmarks.train
	$(BIN)/python -m benchmarks.transformation

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
