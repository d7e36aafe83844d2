# Two commands do everything: `make lab` to learn, `make test` to check. The README says more.
PYTHON ?= python3
ARGS ?=

ifeq ($(OS),Windows_NT)
VENV := .venv/Scripts/python
else
VENV := .venv/bin/python
endif

# The same for building and for testing: bars hidden, one thread a kernel, threads that yield.
export GOMP_SPINCOUNT ?= 20000
KERNEL := COURSE_PROGRESS=0 OMP_NUM_THREADS=1
NBVAL := -m pytest -o addopts= -p tools.nbval_fixes --nbval --nbval-sanitize-with tests/nbval_sanitize.cfg -n 2 --dist loadscope --durations=10

# Fonts and settings of matplotlib stay inside, so that neither a cache nor a matplotlibrc counts.
export MPLCONFIGDIR := $(CURDIR)/.venv/matplotlib

.PHONY: lab test unit outputs portability notebooks prose pretrained slides figures address lint lock wheel setup

lab: setup ## open JupyterLab on your own copies in my/
	@$(VENV) tools/lab.py $(ARGS)

test: lint unit outputs ## everything that CI runs

setup:
	@"$(PYTHON)" tools/install.py

lint: setup
	$(VENV) -m ruff check . && $(VENV) -m ruff format --check .
	$(VENV) -m tools.lint_cells && $(VENV) -m tools.notebooks check
	$(VENV) -m tools.slides check && $(VENV) -m tools.figures check

unit: setup
	$(KERNEL) $(VENV) -m pytest -n 2 --dist loadfile

outputs: setup ## run every notebook and compare its outputs
	$(KERNEL) $(VENV) $(NBVAL) notebooks/[0-9]*.ipynb

portability: setup ## the same on plain instructions: which cells print too much?
	$(KERNEL) ATEN_CPU_CAPABILITY=default $(VENV) $(NBVAL) notebooks/[0-9]*.ipynb

notebooks: setup ## derive and execute all notebooks, or ARGS=03
	$(KERNEL) $(VENV) -m tools.notebooks build $(ARGS)

slides: setup ## build the decks, or ARGS=03, or ARGS="--single-file 03"
	$(KERNEL) $(VENV) -m tools.slides build $(ARGS)

figures: setup ## draw the diagrams again, or ARGS=name
	$(VENV) -m tools.figures build $(ARGS)

pretrained: setup ## train the shipped models again, or ARGS=name
	OMP_NUM_THREADS=2 $(VENV) -m course_utils.recipes train $(ARGS)

prose: setup ## derive again after a change of text, keeping the outputs
	$(VENV) -m tools.notebooks prose $(ARGS)

address: setup ## ARGS=https://github.com/you/course: set it in every badge and bootstrap cell
	$(VENV) -m tools.address $(ARGS)

wheel: setup ## dist/course_utils-*.whl, to upload to Colab
	$(VENV) -m pip wheel --quiet --no-deps --wheel-dir dist .

lock: ## needs uv; leaves out CUDA, which torch brings itself where there is a GPU build
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade --extra lab --extra dev pyproject.toml --quiet | grep -vE '^(nvidia|cuda|triton)' > requirements.lock
