# Everything that is done with this project, from a bare Debian 12 with git, make and python3. `make` alone lists it.

PYTHON ?= python3
RUN := .venv/bin/python -m

.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgres test-browser test-long check format bench fuzz demo-reset messages lock ready ready-dev

help:  ## List what can be made
	@sed -n 's/^\([a-z -]*\):.*  ## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done

run: ready  ## Start the site here: PORT=9000, DATABASE_URL=postgres://…, RELOAD=1 while writing code
	@exec $(RUN) tools.run

test: ready-dev  ## Run all tests: on SQLite, on PostgreSQL, in a browser
	@exec $(RUN) tools.test sqlite postgres browser

test-sqlite test-postgres test-browser test-long: ready-dev  ## Run one part of them, or the long proofs; ARGS="-k name" is handed to pytest
	@exec $(RUN) tools.test $(subst test-,,$@) $(ARGS)

check: ready-dev  ## Check style, types, imports, migrations, settings, templates, translations, locks
	@exec $(RUN) tools.check

format: ready-dev  ## Format the code
	@.venv/bin/ruff check --quiet --fix-only . ; .venv/bin/ruff format --quiet .

bench: ready-dev  ## Measure pages, planner and bookings: queries, CPU, bytes; ARGS=pages, meetings or report does a part
	@exec $(RUN) tools.bench $(ARGS)

fuzz: ready-dev  ## Send the API what its description allows, and what not: ARGS="sqlite buyer 20" does a part
	@exec $(RUN) tools.fuzz $(ARGS)

demo-reset: ready  ## Throw the demo database in var/ away and build it anew
	@exec $(RUN) tools.demo_reset

messages: ready-dev  ## Gather the texts into locale/, and compile what is translated
	@exec $(RUN) tools.messages update

lock: ready-dev  ## Write the requirement locks anew from pyproject.toml
	@exec $(PYTHON) -m tools.lock

ready:
	@$(PYTHON) -m tools.bootstrap run

ready-dev:
	@$(PYTHON) -m tools.bootstrap dev
