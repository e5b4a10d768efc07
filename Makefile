# make        build the locked environment, run every review
# make test   build the locked environment, run the tests
# make lock   resolve pyproject.toml anew into requirements.lock
PYTHON ?= python3
CORES ?= 4
UV_VERSION := 0.13.8
BIN := .venv/bin
READY := .venv/ready

.PHONY: run test check lock clean

run: $(READY)
	$(BIN)/snakemake --cores $(CORES)
	@echo "Open results/index.html: it leads to the report of every review"

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "evpool needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode \
		--require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src/evpool
	touch $(READY)

lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --extra cluster --extra dev --upgrade --universal \
		--python-version 3.11 --fork-strategy fewest \
		--generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean:
	rm -rf .venv .snakemake results logs
