# Two commands: `make demo` and `make test`. Each sets up what is missing first.
# TINYDET_ENV=active uses the active environment in place of .venv.
ifeq ($(TINYDET_ENV),active)
PYTHON := python
else
PYTHON := .venv/bin/python
endif

.PHONY: help setup demo test test-zoo test-ops lint docs clean
help:
	@echo 'make demo   set up, then train and evaluate LR-Net on synthetic images (work_dirs/demo)'
	@echo 'make test   set up, then ruff and pytest; ARGS="-k lff" selects tests'
	@echo 'make test-zoo  every config trains a step and predicts: for the night'
	@echo "make test-ops  torchvision's operators beside mmcv's compiled ones, and the zoo on them,"
	@echo '               in .venv-ops: 5 GB; TORCH=... TORCHVISION=... for other versions'
	@echo 'make docs   the pages and a reference of the code as a site (site/index.html)'
	@echo 'make setup  only set up          make lint   only ruff'
	@echo 'make clean  remove .venv, .venv-ops, .venv-docs, site, caches and work_dirs/demo'

setup:
	@tools/setup.sh

demo: setup
	$(PYTHON) tools/demo.py $(ARGS)

lint: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

test: lint
	$(PYTHON) -m pytest $(ARGS)

test-zoo: setup
	$(PYTHON) -m pytest tests/configs/test_zoo.py tests/configuration/test_known_keys.py -m "" --durations=20 $(ARGS)

# TINYDET_TEST_OPS turns what would be skipped without torchvision into failures.
test-ops:
	@tools/ops_environment.sh
	TINYDET_TEST_OPS=1 .venv-ops/bin/python -m pytest tests/ops $(ARGS)
	TINYDET_OPS=torchvision .venv-ops/bin/python -m pytest tests/configs/test_zoo.py -m "" --durations=20 $(ARGS)

# The site reads the code and does not import it: it needs neither torch nor the rest of .venv.
docs: .venv-docs/bin/mkdocs
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build

.venv-docs/bin/mkdocs: pyproject.toml
	python3 -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --editable '.[docs]'
	@touch $@

clean:
	rm -rf .venv .venv-ops .venv-docs site .pytest_cache .ruff_cache .hypothesis work_dirs/demo
