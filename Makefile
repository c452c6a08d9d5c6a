# Everything sets itself up: a virtual environment in .venv, SimGrid in a cache folder, one C++ build in build/$(PRESET).
PYTHON ?= python3
PRESET ?= release
JOBS ?= $(shell nproc)

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
BUILD := build/$(PRESET)
CXX_SOURCES = $(shell find cpp tests examples benchmarks -name '*.cpp' -o -name '*.hpp')

# Not under sanitizers: AddressSanitizer keeps what was freed, so memory does not stay flat; and of three long examples
# two had not ended after five minutes each. Their policies have tests of their own. Where memory runs out,
# AddressSanitizer ends the process by itself.
example := test_examples.py::test_example_prints_what_is_expected
UNSANITIZED := test_out_of_memory.py test_lifetimes.py::test_memory_stays_flat $(example)[greedy_dual] $(example)[hash_affinity] \
  $(example)[keep_alive_policies]

# Tests give wrong arguments on purpose, and compare with pytest.approx.
TEST_LENIENCE := arg-type call-overload comparison-overlap func-returns-value misc var-annotated type-var operator union-attr index \
  no-any-return redundant-expr

export PATH := $(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help demo test bench lint docs wheel asan asan-python validation hostile bench-full performance-page
.PHONY: build extension configured clean distclean
.PHONY: test-cpp test-python lint-ruff lint-mypy lint-stubs lint-format lint-tidy

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

demo: extension ## simulate the example's invocation log; results and a picture
	@echo "== replaying the example's log"
	@python examples/python/replay_log.py

test: build $(VENV)/.test ## all tests, C++ and Python
	@$(MAKE) --keep-going test-cpp test-python

test-cpp:
	@echo "== C++ tests ($(BUILD))"
	@ctest --test-dir $(BUILD) --parallel $(JOBS) --output-on-failure --no-tests=error

# Tests that measure memory, or send signals, have the machine for themselves.
pytest = python -m pytest $(1) --numprocesses=$(JOBS) --dist=worksteal -m "not alone" && python -m pytest $(1) -m alone

test-python:
	@echo "== Python tests"
	@$(call pytest)

bench: build $(VENV)/.bench ## measure throughput and memory, against other simulators too: minutes
	@python benchmarks/run.py

bench-full: build $(VENV)/.bench ## the same with ten times as many invocations
	@python benchmarks/run.py --full

performance-page: build $(VENV)/.bench ## docs/background/performance.md from what `make bench` or `make bench-full` measured
	@python benchmarks/page.py

lint: build $(VENV)/.lint ## all checks of style, types and stubs
	@$(MAKE) --keep-going lint-ruff lint-mypy lint-stubs lint-format lint-tidy && echo "== lint: all clean"

lint-ruff:
	@echo "== ruff"
	@ruff check . && ruff format --check .

lint-mypy:
	@echo "== mypy --strict"
	@mypy
	@mypy --allow-untyped-calls --no-warn-unused-ignores --no-warn-unreachable $(addprefix --disable-error-code=,$(TEST_LENIENCE)) tests

lint-stubs:
	@echo "== stubtest"
	@python -m mypy.stubtest wrench_serverless --mypy-config-file pyproject.toml --concise \
	  --allowlist tests/python/stubtest_allowlist.txt

lint-format:
	@echo "== clang-format"
	@clang-format --dry-run -Werror $(CXX_SOURCES)

lint-tidy:
	@echo "== clang-tidy"
	@test -f build/tidy/build.ninja || cmake --preset tidy -DPython_EXECUTABLE=$(BIN)/python --log-level=WARNING
	@python cmake/run_tidy.py build/tidy $(JOBS)

asan: $(VENV)/.base ## C++ tests with AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) PRESET=asan build
	@echo "== C++ tests with sanitizers"
	@ctest --preset asan --parallel $(JOBS) --no-tests=error

asan-python: $(VENV)/.test ## Python tests with the same sanitizers
	@test -f build/asan-python/build.ninja || cmake --preset asan-python -DPython_EXECUTABLE=$(BIN)/python --log-level=WARNING
	@cmake --build build/asan-python --parallel $(JOBS) --target _core
	@echo "== Python tests with sanitizers"
	@cmake/sanitized_python.sh sh -c '$(call pytest,$(addprefix --deselect=tests/python/,$(UNSANITIZED)))'

hostile: build $(VENV)/.test ## platform files and options of SimGrid with odd values, thousands of each: minutes
	@python tests/python/hostile_run.py platforms
	@python tests/python/hostile_run.py options

validation: build $(VENV)/.test ## write docs/background/validation.md: theory, WRENCH and what we simulate
	@PYTHONPATH=tests/python python docs/validate.py

docs: build $(VENV)/.docs ## the documentation as HTML in build/docs
	@python -m sphinx -W --keep-going -q docs build/docs && echo "build/docs/index.html"

wheel: $(VENV)/.base ## a wheel in dist/ that carries SimGrid, tried out in a fresh virtual environment
	@mkdir -p build && python cmake/build_simgrid.py > build/simgrid.txt
	@echo "== building the wheel"
	@rm -rf dist
	@python -m pip wheel -qq --no-deps --no-build-isolation --wheel-dir dist \
	  -Cbuild-dir=build/wheel -Ccmake.define.WRENCH_SERVERLESS_SIMGRID=PINNED .
	@python cmake/check_wheel.py dist/*.whl

build: configured ## all of the C++ code, and the Python package that uses it
	@echo "== C++ ($(BUILD))"
	@cmake --build $(BUILD) --parallel $(JOBS)

extension: configured ## the Python package, with what it needs of the C++ code
	@echo "== the Python extension ($(BUILD))"
	@cmake --build $(BUILD) --parallel $(JOBS) --target inplace

configured: $(VENV)/.base
	@$(MAKE) -s $(BUILD)/.configured
	@test -e "$$(cat $(BUILD)/.configured)" || { rm $(BUILD)/.configured; $(MAKE) -s $(BUILD)/.configured; }

$(BUILD)/.configured: CMakePresets.json $(VENV)/.made
	@echo "== configuring $(BUILD)"
	@cmake --fresh --preset $(PRESET) -DPython_EXECUTABLE=$(BIN)/python
	@sed -n 's/^SimGrid_LIBRARY:FILEPATH=//p' $(BUILD)/CMakeCache.txt > $@

$(VENV)/.made:
	@echo "== virtual environment in $(VENV)"
	@$(PYTHON) cmake/make_venv.py $(VENV)
	@$(BIN)/python -m pip install -qq --upgrade pip
	@mkdir -p build && touch $@

# The editable install only points at python/: CMake puts a link to the extension there.
install = $(BIN)/python -m pip install -qq -Cwheel.cmake=false -Ceditable.mode=inplace --editable '.[$(1)]'

$(VENV)/.base: pyproject.toml $(VENV)/.made
	@echo "== packages to build and run with"
	@$(call install,build$(comma)report) && touch $@

$(VENV)/.test $(VENV)/.lint $(VENV)/.docs $(VENV)/.bench: $(VENV)/.%: $(VENV)/.base
	@echo "== packages for: $*"
	@$(call install,$*) && touch $@

clean: ## remove what was built (the virtual environment and the cache folder stay)
	@rm -rf build dist python/wrench_serverless/*.so
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean ## remove the virtual environment too
	@rm -rf $(VENV)

comma := ,
