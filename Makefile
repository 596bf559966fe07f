# Two commands do all set-up on a machine that has Python 3.11 or later and a package registry:
#   make run     everything started, with a demo company      PORT=8000 DATA=data DEMO=1
#   make test    the whole suite                              ARGS="tests/domain -k due"

PORT ?= 8000
DATA ?= data
DEMO ?= 1
ARGS ?=
ONLY ?=

BIN := .venv/bin
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	$$name -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

.PHONY: help run build dev test proof check bench lock audit clean

help:
	@sed -n 's/^#   //p' Makefile

build: .python
	@$(PYTHON) bootstrap.py run

dev: .python
	@$(PYTHON) bootstrap.py dev

.PHONY: .python
.python:
	@test -n "$(PYTHON)" || { echo "Yinuo needs Python 3.11 or later with its venv module (Debian, Ubuntu:" \
	"apt-get install python3 python3-venv). If it has another name: make run PYTHON=/path/to/python"; exit 1; }

run: build
	@exec $(BIN)/yinuo up --port $(PORT) --data "$(DATA)" $(if $(filter 0 no false,$(DEMO)),,--demo)

# Tests that start processes, drive a browser or wait for a clock run alone; the rest shares both cores. The browser
# has a run of its own: its driver's event loop stands in the way of everything that is not async.
# Exit code 5 (nothing collected) is no failure: ARGS may select from one half only.
test: dev
	@code=0; \
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not processes and not browser and not proof" $(ARGS) \
		|| [ $$? = 5 ] || code=1; \
	$(BIN)/python -m pytest -m "processes and not browser and not proof" -rs $(ARGS) || [ $$? = 5 ] || code=1; \
	$(BIN)/python -m pytest -m "browser and not proof" -rs $(ARGS) || [ $$? = 5 ] || code=1; \
	exit $$code

proof: dev
	@$(BIN)/python -m pytest -m proof -rs $(ARGS)

# Every part runs, so that one look shows all there is to do.
check: dev
	@code=0; scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && chmod 711 "$$scratch"; \
	run() { echo "== $$*"; "$$@" || { code=1; failed="$$failed $$1"; }; }; \
	run $(BIN)/ruff check .; \
	run $(BIN)/ruff format --check .; \
	run $(BIN)/mypy; \
	run $(BIN)/lint-imports; \
	run $(BIN)/python -m checks; \
	run $(BIN)/python -m yinuo.config.messages; \
	run $(BIN)/yinuo manage --data "$$scratch/data" makemigrations --check --dry-run; \
	run $(BIN)/python -m checks.audit; \
	if [ $$code -ne 0 ]; then echo "check: NOT PASSED:$$failed"; else echo "check: passed"; fi; \
	exit $$code

# Known faults in what we depend on. Where the service that knows them cannot be reached, it says so.
audit:
	@$(BIN)/python -m checks.audit

bench: dev
	@$(BIN)/python -m bench $(if $(ONLY),--only "$(ONLY)")

lock: .python
	@$(PYTHON) bootstrap.py lock

clean:
	rm -rf .venv node_modules src/yinuo/web/static/dist src/yinuo/web/static/collected
	find src -name '*.mo' -delete
