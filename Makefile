# Touchline. `make help` lists what there is.
#
# A target does its work once: stamp files remember it until its inputs change.

PYTHON ?= python3.11
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
ENV := $(VENV)/.stamp
JARS := connectors/target/.stamp
PROTO := schemas/generated/.stamp
PROTO_FILES := $(shell find schemas/protobuf -name '*.proto')
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help env jars proto demo test dashboards licences lint bench chaos soak clean lock

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

env: $(ENV) ## the Python environment, .venv (half a minute when new)

# uv and exact pins: pip takes over two minutes, most of it to resolve what apache-beam leaves open
# and to build what has no wheel. Compiled here: where Python may not write, each of Flink's workers
# would compile Beam and pandas again, which is two thirds of the time that it takes to start.
$(ENV): constraints.txt pyproject.toml
	@echo "Python environment: .venv"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --compile-bytecode -c constraints.txt -e .[stack,dev]
	@touch $@

jars: $(JARS) ## Flink's connectors, the message classes and the Kafka broker (Maven)

$(JARS): connectors/pom.xml $(PROTO_FILES)
	@echo "jars: connectors/target (Maven; a minute when its repository is empty)"
	@connectors/mvnw -q -B -ntp -f connectors/pom.xml package
	@touch $@

proto: $(PROTO) ## Python classes of the Protobuf messages

$(PROTO): $(PROTO_FILES) | $(ENV)
	@mkdir -p schemas/generated
	@$(BIN)/python -m grpc_tools.protoc -I schemas/protobuf --python_out=schemas/generated \
		$(PROTO_FILES)
	@touch $@

demo: $(ENV) $(JARS) $(PROTO) ## matches of all providers, live in the terminal
	@$(BIN)/python -m touchline demo

test: $(ENV) $(JARS) $(PROTO) lint licences ## style, types and licences, then all tests
	@$(BIN)/python -m pytest

dashboards: $(ENV) ## write deploy/alerts.yml and Grafana's dashboards anew, from observability/
	@$(BIN)/python -m observability

lint: $(ENV) $(PROTO) ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy connectors jobs oracle observability schemas simulator touchline udfs \
		bench chaos deploy/secure docs/*.py

licences: $(ENV) $(JARS) ## packages and jars with their licences, in build/dependencies.md
	@mkdir -p build
	@$(BIN)/python docs/licences.py > build/dependencies.md

bench: $(ENV) $(JARS) $(PROTO) ## throughput and latency, against other engines: tables, and bench-results.jsonl
	@$(BIN)/python -m bench --lines bench-results.jsonl

chaos: $(ENV) $(JARS) $(PROTO) ## faults under load: what is lost, doubled, and how long it takes
	@$(BIN)/python -m chaos --plot build/faults.svg

soak: $(ENV) $(JARS) $(PROTO) ## half an hour of load, or MINUTES=480: memory, state, lag as a plot
	@$(BIN)/python -m chaos.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE))

lock: ## write constraints.txt anew, from pyproject.toml (needs network)
	$(BIN)/uv pip compile -q --universal --python-version 3.11.2 --no-header --no-annotate --all-extras \
		-o constraints.txt pyproject.toml

clean: ## stop the stack and delete what was built and its data (not .venv)
	@test ! -x $(BIN)/python || $(BIN)/python -m touchline down
	rm -rf connectors/target schemas/generated build .touchline
