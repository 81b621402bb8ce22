# Two commands matter: `make demo` and `make test`. Each sets up what is missing first; nothing is set up twice.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all lint types proto lock clean lab-up lab-down lab-containerlab page

PY := .venv/bin/python
# Tests start hundreds of processes: none is to compile the sources anew, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: ## make .venv with everything in it, and as root install missing Debian packages
	@scripts/setup

demo: setup ## bring up the small lab, apply its intents, prove them, measure the CT study
	@.venv/bin/clearway lab demo

test: setup ## the everyday tests, below 10 minutes
	@# Four on two cores: they wait more than they compute. In the order of the rooms, whose last has many short files.
	@$(PY) -m pytest -m "not slow and not alone" --numprocesses=4 --dist=loadfile --no-loadscope-reorder
	@$(PY) -m pytest -m "alone and not slow"

test-all: setup ## every test, also the long ones, and properties on more examples
	@$(PY) -m pytest --hypothesis-profile=thorough

lint: setup ## style and layers
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check -q .
	@.venv/bin/lint-imports

types: setup ## mypy --strict
	@$(PY) -m mypy

proto: setup ## generate the gRPC stubs from proto/
	@scripts/proto

page: ## build the page of `clearway serve` from controller/page/web; needs Node
	@scripts/page

lock: ## resolve the dependencies of pyproject.toml into requirements.lock, with hashes
	@scripts/lock

lab-up: setup ## bring up the small lab
	@.venv/bin/clearway lab up labs/small

lab-down: setup ## take the small lab down
	@.venv/bin/clearway lab down labs/small

lab-containerlab: setup ## the small lab on Docker by containerlab: deploy, apply, verify, fetch images, destroy
	@.venv/bin/clearway lab containerlab labs/small

clean: ## remove what was made here
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
