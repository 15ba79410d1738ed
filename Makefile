# The workshop's commands. `make` alone lists them. Everything is made inside this folder; nothing outside is touched.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done || echo python3)
ifeq ($(strip $(PYTHON)),)
PYTHON := python3
endif
PY := .venv/bin/python
UV_COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header

# Every suite starts dozens of processes: each would compile all of our modules anew where none may keep them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check bench stubs lock format check-root faults soak prove docs clean runtime dev

help: ## List the commands.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

run: runtime ## Start everything with the demo; PARLEY_PORT and PARLEY_DATA choose port and folder.
	@$(PY) tools/web.py build
	@exec .venv/bin/parley up --demo

test: dev ## Run every suite within its time budget; SUITE=kernel runs one.
	@$(PY) tools/web.py build
	@$(PY) tools/suites.py $(SUITE)

check: dev ## Format, lint, types, imports, contract, locks, docs: all that needs no running server.
	@$(PY) tools/checks.py

bench: runtime ## Measure the live path beside a bare chain and write docs/bench.md; QUICK=1 takes about a minute.
	@$(PY) -m bench $(if $(QUICK),--quick)

stubs: dev ## Compile protos/ into stubs/ and write the reviewed listings.
	$(PY) protos/compile.py

lock: dev ## Pin every package again, with hashes.
	$(UV_COMPILE) $(UPGRADE) pyproject.toml -o requirements.lock
	$(UV_COMPILE) $(UPGRADE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	echo uv | $(UV_COMPILE) $(UPGRADE) - -o requirements-bootstrap.lock

format: dev ## Format the Python and the web part.
	.venv/bin/ruff check --fix --quiet . || true
	.venv/bin/ruff format .
	$(PY) tools/web.py format

check-root: dev ## What only root can try: several hosts, firewall, TLS, a pooler. Debian, with what .ci/run installs.
	@$(PY) tools/suites.py root

faults: dev ## Break every part under load, and write the report docs/faults.md.
	@$(PY) tools/web.py build
	@$(PY) -m tests.faults

soak: dev ## Ten minutes of a mixed load in which a replica dies every minute; writes docs/soak.md. QUICK=1 takes a minute, MINUTES=20 more.
	@$(PY) -m tests.soak $(if $(QUICK),--quick) $(if $(MINUTES),--minutes $(MINUTES))

prove: dev ## Switch off what enforces each clause of the policy, and show which test notices.
	@$(PY) -m tests.policy.prove $(CLAUSE)

docs: dev ## Write the generated pages and build the documentation into site/; PICTURES=1 takes the README's pictures anew.
	$(if $(PICTURES),$(PY) tools/web.py build && $(PY) tools/screenshots.py)
	$(PY) tools/settings_page.py
	$(PY) -m tools.data_map
	$(PY) tools/policy_page.py
	$(PY) -m tools.reports_page
	.venv/bin/mkdocs build --strict --quiet

clean: ## Remove what was built; the environment and the data stay.
	rm -rf build site web/dist web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

runtime dev:
	@$(PYTHON) tools/environment.py $@
