# Every target makes its own environment in .venv first; nothing else needs to be installed but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DJANGO_PORT ?= 8001
FLASK_PORT ?= 8002
export DJANGO_PORT FLASK_PORT
export UV_PYTHON_DOWNLOADS := never

.PHONY: test demo bench docs screenshots format clean

test: $(VENV)/.tox-installed  ## the whole matrix; what the machine lacks is skipped by name
	$(BIN)/python -m scripts.test_matrix

demo: $(VENV)/.project-installed  ## both example sites with sample data; CHECK=1 walks the tour and stops
	$(BIN)/python -m scripts.demo $(if $(CHECK),--check)

bench: $(VENV)/.project-installed  ## named benchmarks, into benchmarks/results.json
	$(BIN)/python -m benchmarks

docs: $(VENV)/.project-installed  ## the documentation, into docs/_build/html
	$(BIN)/sphinx-build -n -W --keep-going -b html docs docs/_build/html

screenshots: $(VENV)/.project-installed  ## pictures of both sites' pages, for the docs
	$(BIN)/python -m scripts.screenshots

format: $(VENV)/.project-installed  ## ruff's format and its safe fixes
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean:  ## removes what the other targets made
	rm -rf $(VENV) .tox .demo dist docs/_build

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Say which: make PYTHON=python3.12 ...")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.tox-installed: $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python tox tox-uv
	@touch $@

$(VENV)/.project-installed: $(BIN)/uv pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[all,dev,docs]'
	@touch $@
