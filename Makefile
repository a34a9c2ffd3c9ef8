# Two commands matter: `make run` and `make test`. Both set up a virtual environment first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OUT    := out
EXAMPLE := resources/elvmass_resources/examples/real_mortara.dcm

# One thread for torch and BLAS: two on a shared core are many times slower.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: help run test check bench train smoke clean

help:             ## list the commands
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

run: $(VENV)/.run ## open the viewer on an example; without a display, write its report
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" != Linux ]; then \
	  $(BIN)/elvmass-gui $(EXAMPLE); \
	else \
	  mkdir -p $(OUT) && \
	  $(BIN)/elvmass-gui --export $(OUT)/report.pdf $(EXAMPLE) && \
	  $(BIN)/elvmass-gui --export $(OUT)/report.png $(EXAMPLE) && \
	  $(BIN)/elvmass explain --json $(EXAMPLE) > $(OUT)/report.json && \
	  echo "No display: wrote $(OUT)/report.pdf, $(OUT)/report.png and $(OUT)/report.json"; \
	fi

test: $(VENV)/.dev ## all tests, a process for each core
	$(ONE_THREAD) QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -n auto

check: $(VENV)/.dev ## lint, format, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## measurements, as ratios against a named peer in the same run
	$(ONE_THREAD) $(BIN)/python tests/bench/run.py

train: $(VENV)/.dev ## train the bundled models again on the simulated cohort (an hour or two)
	$(BIN)/python packaging/train_bundled.py

smoke: $(VENV)/.dev ## freeze the installed wheel with PyInstaller and try the frozen program
	$(BIN)/python packaging/smoke.py

clean:            ## remove everything that was built
	rm -rf $(VENV) $(OUT) build dist

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[gui]'
	touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[gui,dev]'
	touch $@ $(VENV)/.run
