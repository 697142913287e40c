# Two commands for a stranger: `make demo` runs the main job on the embedded sandbox, `make test` proves it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

HOST ?= 127.0.0.1
PORT ?= 8080
ADMIN_PORT ?= 8081
FUZZ_SECONDS ?= 3600
# Tests at one time. Without a bound all begin at once: each step of one then waits for a turn behind a thousand others,
# minutes on a small machine, and sockets whose other side waits so long give up. Toolchains before 6.3 know no bound.
TEST_WIDTH ?= 8

.PHONY: help setup build release demo test python-client format format-check bench fuzz clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## install or name what is missing (Debian: libcurl, PCRE2, SQLite, pkg-config)
	@deploy/setup.sh

build: setup ## debug build of the program
	@echo "Building; the first build takes a few minutes."
	@swift build --product sluice

release: setup ## optimised build of the program: .build/release/sluice
	@swift build -c release --product sluice

demo: build ## gateway over the embedded sandbox, with three requests to try
	@exec "$$(swift build --show-bin-path)/sluice" serve --sandbox --listen $(HOST):$(PORT) --admin $(HOST):$(ADMIN_PORT) --access-log off

test: setup format-check python-client ## everything: format, build, all tests
	@swift build --build-tests
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	  SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(TEST_WIDTH) swift test --skip-build --parallel 2>&1 | tee "$$log" || \
	  { echo; echo "What failed:"; grep -aE '^(✘|↳)|Fatal error:|unexpected signal' "$$log" | tail -n 60 || true; exit 1; }

python-client: ## install the official Python client of the old API for the tests, or say why they skip it
	@Tests/PythonClient/install.sh

format: ## rewrite the sources in the project's format
	@swift format format -i -r --configuration .swift-format Package.swift Sources Tests Benchmarks

format-check: setup
	@swift format lint --strict -r --configuration .swift-format Package.swift Sources Tests Benchmarks

bench: release ## micro-benchmarks and the cached-hit comparison
	@Benchmarks/run.sh

fuzz: ## fuzz parser and printer for FUZZ_SECONDS (3600), outside of the project
	@Tests/Fuzzing/fuzz.sh $(FUZZ_SECONDS)

clean: ## remove build products
	@rm -rf .build
