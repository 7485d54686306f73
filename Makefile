# Everything the README promises is a target here; `make help` lists them.

SHELL := /bin/bash
SWIFT ?= swift
PREFIX ?= /usr/local

CUPEL := .build/release/cupel
# The optimiser's loop unrolling gives other machine code from run to run (swiftc 6.3.1, loops over
# array literals); without it two builds are the same.
STATIC := -c release --static-swift-stdlib -Xswiftc -static-executable \
  -Xswiftc -gnone -Xlinker --build-id=none \
  -Xswiftc -Xllvm -Xswiftc -sil-disable-pass=loop-unroll
SOURCES := Package.swift Sources Tests

# Debian's names of what building and testing need beside Swift itself.
PACKAGES := libseccomp-dev libcap-dev libssl-dev pkg-config git python3 python3-venv patch tar xz-utils zstd util-linux \
  gpgv gpg gpg-agent gpgconf openssl openssh-client minisign signify-openbsd

.DEFAULT_GOAL := help
.PHONY: help setup build demo test survive lint fmt bench catalogue attack-report fuzz install reproduce clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## Install the Debian packages that are missing
	@missing=; for name in $(PACKAGES); do \
	  dpkg-query -W -f '$${db:Status-Status}\n' $$name 2>/dev/null | grep -qx installed \
	    || missing="$$missing $$name"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then root=; elif command -v sudo >/dev/null; then root=sudo; else \
	  echo "error: installing packages: neither root nor sudo" >&2; \
	  echo "hint: have an administrator run: apt-get install$$missing" >&2; exit 1; \
	fi; \
	$$root apt-get -qq update \
	  && $$root env DEBIAN_FRONTEND=noninteractive \
	    apt-get -qq install --no-install-recommends $$missing

# The linker writes through a mapping, and the page cache then holds the executable in single pages
# until it is next read from the disk. Read at once it is held in larger pieces, as after a copy or
# a restart of the machine, and every start is 0.5 ms faster (docs/benchmarks.md).
build: setup ## Build the static executable .build/release/cupel
	$(SWIFT) build $(STATIC)
	@sync $(CUPEL) && dd if=$(CUPEL) iflag=nocache count=0 status=none && cat $(CUPEL) >/dev/null

# About one build in ten differs: see README.md.
demo: build ## Build ripgrep twice in the sandbox and compare every byte
	$(CUPEL) fetch
	[ -d .build/demo/ripgrep ] || Tests/Corpus/fetch-project ripgrep .build/demo/ripgrep
	$(CUPEL) build .build/demo/ripgrep/src --out .build/demo/cupel-out || [ $$? = 1 ]

test: PACKAGES += chromium-headless-shell fonts-dejavu-core mold
test: build ## Run every test, those that build real projects too
	Tests/Fuzz/fuzz --runs 20000 --seconds 5
	$(SWIFT) build --build-tests
	@set -o pipefail; $(SWIFT) test --skip-build 2>&1 | tee .build/test.log \
	  || { echo 'What failed (all of it is in .build/test.log):'; \
	       grep -E '^(✘|↳)' .build/test.log; exit 1; }

survive: build ## Kill cupel at random moments, 500 rounds for each user, and look for what is left
	$(SWIFT) build --build-tests
	CUPEL_SURVIVAL_ROUNDS=500 $(SWIFT) test --skip-build --filter SurvivalTests

lint: ## Check the format of the sources
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

fmt: ## Format the sources
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

bench: PACKAGES += bubblewrap openssl
bench: build ## Measure, and write docs/benchmarks.md
	python3 Tests/Bench/bench.py

# reprotest gets disorderfs for the order of folders; a cargo has to be there for the builds outside.
catalogue: PACKAGES += reprotest disorderfs fuse diffoscope-minimal
catalogue: build ## Build projects with known defects, see who finds them, write docs/catalogue.md
	python3 Tests/Nondeterminism/catalogue.py

FUZZ_SECONDS ?= 600
fuzz: setup ## Fuzz the readers of hostile bytes, each for FUZZ_SECONDS (default 600)
	Tests/Fuzz/fuzz --seconds $(FUZZ_SECONDS)

attack-report: PACKAGES += bubblewrap libnl-3-200 libnl-route-3-200 python3-pip
attack-report: build ## Attack cupel and its peers, and write the table of docs/security.md
	python3 Tests/EscapeTests/report.py

install: build ## Install cupel below PREFIX (default /usr/local)
	install -D -m 755 $(CUPEL) $(DESTDIR)$(PREFIX)/bin/cupel

reproduce: setup ## Build cupel itself twice at one path and compare the bytes
	rm -rf .build/reproduce
	$(SWIFT) build $(STATIC) --scratch-path .build/reproduce/scratch
	cp .build/reproduce/scratch/release/cupel .build/reproduce/first
	rm -rf .build/reproduce/scratch
	$(SWIFT) build $(STATIC) --scratch-path .build/reproduce/scratch
	cmp .build/reproduce/first .build/reproduce/scratch/release/cupel
	sha256sum .build/reproduce/first

clean: ## Remove everything that was built, fetched for tests or laid out
	rm -rf .build cupel-out /var/tmp/cupel-test-64123 /var/tmp/cupel-test-attack-*
