# `make help` lists what can be made. Everything is also `python -m upskill …` (see README).
PYTHON ?= python3
PROGRAM ?= data/example
VENV := .venv
RUN := $(VENV)/bin/python -m
# The locks name everything, so nothing is to be resolved; all processors compile, and not the tests of libraries.
INSTALL := $(RUN) pip install --quiet --no-deps --no-compile
COMPILE := $(RUN) compileall -qq -j 0 -x '/tests?/' $(VENV)/lib || true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup reports test lab docs check validate lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/run.stamp  ## Set up only (one to three minutes)
	@echo 'Ready. Next, for your own data: $(RUN) upskill new my-company'

reports: $(VENV)/run.stamp  ## Set up, then make the reports (PROGRAM=folder for your own data)
	$(RUN) upskill run --program "$(PROGRAM)"

test: $(VENV)/full.stamp  ## Set up, then run everything that CI checks
	$(RUN) upskill test

lab: $(VENV)/full.stamp  ## Open the notebooks in JupyterLab
	$(RUN) upskill lab

docs: $(VENV)/full.stamp  ## Build the documentation site into site/
	$(RUN) upskill docs

check: $(VENV)/run.stamp  ## Name every fault of the data in PROGRAM
	$(RUN) upskill check "$(PROGRAM)"

validate: $(VENV)/run.stamp  ## Write VALIDATION.md (hours)
	$(RUN) upskill validate

lock:  ## Renew the locks (needs uv)
	echo 'setuptools>=70.1' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --upgrade --quiet --extra cluster --extra docs --extra lab --extra test pyproject.toml - -o requirements.lock
	echo 'setuptools>=70.1' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --quiet -c requirements.lock pyproject.toml - -o requirements-run.lock

clean:  ## Remove the environment and the reports
	rm -rf $(VENV) .ipython .site-source site .pytest_cache .ruff_cache .hypothesis
	find outputs -mindepth 1 -not -name README.md -delete

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it: make reports PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "python3 has no venv module here; on Debian: apt install python3-venv"; exit 1; }

$(VENV)/run.stamp: requirements-run.lock pyproject.toml | $(VENV)/bin/python
	@echo 'Setting up $(VENV): one to three minutes without a word'
	$(INSTALL) --require-hashes -r requirements-run.lock
	@$(COMPILE)
	$(INSTALL) --no-build-isolation -e .
	@touch $@

$(VENV)/full.stamp: requirements.lock tests/browser/axe.lock $(VENV)/run.stamp
	$(INSTALL) --require-hashes -r requirements.lock
	@$(COMPILE)
	$(VENV)/bin/python tests/browser/axe_core.py
	@touch $@
