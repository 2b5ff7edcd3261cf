# Everything that one does with Outlay; `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.tools/bin:$(PATH)
# The checked queries use the committed data; only scripts/sqlx-data asks a database.
export SQLX_OFFLINE := true

cargo := cargo
npm_ci := npm ci --no-audit --no-fund --loglevel=error
web_sources := $(shell find web/src web/static web/messages web/*.ts web/*.json -type f 2>/dev/null \
	-not -path 'web/src/lib/paraglide/*')

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

## ---- run

.PHONY: run demo dev bench
run: web/build/index.html ## build Outlay and serve it at http://localhost:8080, data in ./data
	@scripts/need build postgres
	@$(cargo) run --release --locked --package outlay -- serve

demo: web/build/index.html ## fill a demonstration account with three years of expenses
	@scripts/need build postgres
	@$(cargo) run --release --locked --package outlay -- demo

dev: web/node_modules ## serve Outlay, with the web app's development server in front of it
	@scripts/need build postgres
	@scripts/dev

bench: web/build/index.html ## measure it, and write the numbers to docs/performance.md
	@scripts/need build postgres redis
	@$(cargo) build --release --locked --package outlay
	@bench/run

## ---- test

.PHONY: test test-rust test-web test-api test-e2e faults
test: web/node_modules e2e/node_modules web/build/index.html ## run every test, against real PostgreSQL, Redis and Chromium
	@scripts/need build postgres redis haproxy chromium python
	@scripts/tools pgbouncer schemathesis
	@scripts/with-services $(MAKE) --no-print-directory test-rust test-web test-api test-e2e

test-rust:
	$(cargo) test --workspace --locked

test-web: web/node_modules
	cd web && npm test

test-api:
	@$(cargo) build --quiet --locked --package outlay
	OUTLAY_REQUESTS_PER_MINUTE=0 scripts/with-outlay scripts/schemathesis

test-e2e: e2e/node_modules web/build/index.html
	@$(cargo) build --quiet --locked --package outlay
	scripts/with-outlay npm --prefix e2e test

faults: ## kill, pause and starve all of it under load, for two minutes, and check the books
	@scripts/need build postgres redis haproxy
	@scripts/tools pgbouncer
	@OUTLAY_FAULTS_SEED=$${OUTLAY_FAULTS_SEED:-$$RANDOM} OUTLAY_FAULTS_SECONDS=$${OUTLAY_FAULTS_SECONDS:-120} \
		$(cargo) test --locked --package outlay --test faults -- --nocapture --test-threads 1

## ---- check

checks := format clippy docs unused deny contract sqlx web e2e lengths
.PHONY: check $(checks:%=check-%)
check: $(checks:%=check-%) ## format, lints, docs, generated files, dependencies, types, lengths

check-format:
	$(cargo) fmt --all --check

check-clippy: | need-build
	$(cargo) clippy --workspace --all-targets --locked --quiet -- -D warnings

check-docs: | need-build
	RUSTDOCFLAGS='-D warnings' $(cargo) doc --workspace --no-deps --document-private-items --locked --quiet

check-unused: | need-build
	@scripts/tools cargo-machete
	cargo-machete bench money server

check-deny: | need-build
	@scripts/tools cargo-deny
	scripts/deny

check-contract: web/node_modules | need-build
	scripts/contract --check

check-sqlx: | need-build
	@scripts/need postgres redis
	scripts/with-services scripts/sqlx-data --check

check-web: web/build/index.html
	cd web && npm run --silent check && npm run --silent lint && npm run --silent size

check-e2e: e2e/node_modules
	cd e2e && npm run --silent check

check-lengths:
	scripts/lengths

.PHONY: need-build
need-build:
	@scripts/need build

## ---- generate

.PHONY: generate
generate: web/node_modules ## write anew what is generated and committed: .sqlx, openapi.json, schema.ts
	@scripts/need build postgres redis
	scripts/with-services scripts/sqlx-data
	scripts/contract

web/build/index.html: web/node_modules $(web_sources)
	cd web && npm run --silent build
	@touch $@

%/node_modules: %/package.json %/package-lock.json
	cd $* && $(npm_ci)
	@touch $@
