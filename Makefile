# Needs Python >= 3.12 with venv, Node >= 20 with npm, and make. Everything else is installed into this directory.
# What is installed or built carries its own time stamp, so that a second run has nothing to do.
PORT ?= 8000
DATA_DIR ?= var
PYTHON := .venv/bin/python
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
RUNTIME := .venv/runtime.stamp node_modules/runtime.stamp $(CATALOGUES) staticfiles/staticfiles.json
MAKEFLAGS += --no-print-directory

# Passed on as environment and quoted in the recipes: a data directory may contain spaces.
export PORT DATA_DIR
DEMO = DEMO=true SECRET_KEY="$$(cat "$$DATA_DIR/secret-key")" $(PYTHON) manage.py demo
DEVELOPMENT = DEBUG=true $(PYTHON) manage.py
# For jobs that need settings, but neither data nor secrets.
PRODUCTION = env -u DEBUG -u DEMO -u HTTPS -u MAINTENANCE -u PUBLISHER -u SITE_ADDRESS -u SMTP_SECURITY -u SMTP_USER \
	DATABASE_URL=sqlite://:memory: ALLOWED_HOSTS=portal.example \
	SMTP_HOST=mail.portal.example DEFAULT_FROM_EMAIL=portal@portal.example PUBLISHER=Musterstadt \
	SECRET_KEY="$$($(PYTHON) -c 'import secrets; print(secrets.token_hex(30))')" \
	$(PYTHON) manage.py
UV = $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

.PHONY: help setup run demo demo-password test lint check browser html lock verify content bench catalogue screenshots handbook-pictures relevance
.DELETE_ON_ERROR:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-18s %s\n", $$1, $$2}' Makefile

setup: $(RUNTIME) .venv/development.stamp ## install and build everything that development needs

demo: $(RUNTIME) ## serve the portal with starter content: make demo [PORT=8000] [DATA_DIR=var]
	@mkdir -p "$$DATA_DIR"
	@test -s "$$DATA_DIR/secret-key" || (umask 077 && $(PYTHON) -c 'import secrets; print(secrets.token_hex(30))' > "$$DATA_DIR/secret-key")
	@$(DEMO) --port "$$PORT"

demo-password: $(RUNTIME) ## give the demo's two accounts new passwords
	@test -s "$$DATA_DIR/secret-key" || { echo "No demo in $$DATA_DIR yet: run make demo first." >&2; exit 1; }
	@$(DEMO) --renew-passwords

run: setup content ## serve the portal for development, with DEBUG and reloading
	$(DEVELOPMENT) runserver "127.0.0.1:$$PORT"

content: setup ## load the starter content into the development database
	@mkdir -p "$$DATA_DIR"
	$(DEVELOPMENT) migrate --verbosity 0
	$(DEVELOPMENT) load_content

test: setup ## run the tests: on SQLite, or on DATABASE_URL=postgresql://…
	$(PYTHON) -m pytest -n auto $(ARGS)

lint: setup ## look at the code without running it
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check

check: setup ## migrations, settings for production and translations are complete
	@$(PRODUCTION) makemigrations --check --dry-run
	@$(PRODUCTION) check --deploy --fail-level WARNING
	$(PYTHON) -m tests.catalogue --check

browser: setup node_modules/development.stamp ## visit every kind of page with Chromium and axe
	.ci/need chromium chromium
	$(PYTHON) -m pytest -m browser $(ARGS)

html: setup node_modules/development.stamp ## validate the HTML of every kind of page
	.ci/need java default-jre-headless
	$(PYTHON) -m pytest -m html $(ARGS)

verify: ## everything, before a piece of work is called done
	.ci/run
	@$(MAKE) test ARGS='-m slow'
	@$(MAKE) html

bench: setup ## measure the speed at three sizes on both databases, within 15 minutes: make bench [ARGS="--sizes 1000 --databases sqlite"]
	@$(PYTHON) -m tests.bench $(ARGS)

relevance: setup ## how well the search finds what readers look for; ARGS=-v lists the queries that fall short
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) -m tests.relevance $(ARGS)

catalogue: setup ## bring locale/*/LC_MESSAGES/django.po up to date with the code; then translate what is new
	$(PYTHON) -m tests.catalogue

screenshots: setup node_modules/development.stamp ## pictures of every kind of page in var/screenshots, one for the README in docs
	.ci/need chromium chromium
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) -m tests.screenshots $(ARGS)

handbook-pictures: setup node_modules/development.stamp ## pictures of docs/redaktion.md, the editors' handbook
	.ci/need chromium chromium
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) -m tests.handbook

lock: setup ## write the lock files anew; make lock ARGS=--upgrade takes newer versions
	$(UV) $(ARGS) requirements.in --output-file requirements.txt
	$(UV) $(ARGS) requirements-dev.in --output-file requirements-dev.txt
	npm install --package-lock-only

# Missing, too, when the interpreter that it points to has gone.
.venv/bin/python:
	@python="$$(.ci/prerequisites)" && "$$python" -m venv --clear .venv

.venv/runtime.stamp: .venv/bin/python requirements.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/development.stamp: .venv/runtime.stamp requirements-dev.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/runtime.stamp: package.json package-lock.json
	@.ci/prerequisites > /dev/null
	npm ci --omit=dev --loglevel=error
	@touch $@

# npm ci empties node_modules first, and with it the stamp above.
node_modules/development.stamp: node_modules/runtime.stamp
	npm ci --loglevel=error
	@touch -r package-lock.json node_modules/runtime.stamp && touch $@

%.mo: %.po .venv/runtime.stamp
	@$(PYTHON) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@

staticfiles/staticfiles.json: $(shell find static docs/redaktion) .venv/runtime.stamp node_modules/runtime.stamp
	@$(PRODUCTION) collectstatic --noinput --verbosity 0
	@touch $@
