# Every target works in a fresh clone: what it needs it makes first. PYTHON is any Python from 3.11 on.
PYTHON ?= python3
VENV = .venv/bin/python
SHELL = /bin/sh
.DEFAULT_GOAL = help
.PHONY: help run test faults adoption metrics bench story check db docs migration freeze lock prices

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

run: ## a conversation with both providers, then a server until Ctrl-C (ARGS=--once: the conversation alone)
	@$(PYTHON) -m scripts.prepare run
	@$(VENV) -m scripts.run $(ARGS)

test: ## every test, several at a time (ARGS="-k word" for some, one by one)
	@$(PYTHON) -m scripts.prepare test
	@$(VENV) -m pytest $(or $(ARGS),-n auto --dist worksteal)

faults: ## kills, crashes, failing providers, races: a table of what became of the turns (ONLY="kill,two tabs" for some)
	@$(PYTHON) -m scripts.prepare test
	@$(VENV) -m tests.faults

adoption: ## installs over 100,000 characters that are read and written meanwhile: the longest lock (ARGS=--rows=2000)
	@$(PYTHON) -m scripts.prepare test
	@$(VENV) -m tests.adoption_at_scale $(ARGS)

metrics: ## fills in 10,000,000 turns: times of the figures' views, and each row against the turns (ARGS=--turns=100000)
	@$(PYTHON) -m scripts.prepare test
	@$(VENV) -m tests.metrics_at_scale $(ARGS)

bench: ## how fast it is, against the alternatives, side by side, into bench/results.md (ONLY=turns,prompt for some rows; CHECK=1)
	@$(PYTHON) -m scripts.prepare test
	@$(VENV) -m bench

story: ## docs/upgrade.md, from the first repair to the last phase, typed word for word, with the real Supabase CLI
	@$(PYTHON) -m scripts.prepare test
	@$(VENV) -m tests.story

check: ## lint and types, of Python and of SQL; frozen migrations
	@$(PYTHON) -m scripts.prepare test
	@$(VENV) -m scripts.check $(ARGS)

db: ## a throwaway Postgres with the project in it, until Ctrl-C
	@$(PYTHON) -m scripts.prepare run
	@$(VENV) -m scripts.throwaway_postgres

docs: ## writes the documents that are generated
	@$(PYTHON) -m scripts.prepare test
	@$(VENV) -m scripts.docs

migration: ## name=…: a migration out of what has changed in supabase/schemas
	@$(PYTHON) -m scripts.prepare run
	@$(VENV) -m scripts.new_migration '$(name)'

freeze: ## writes new migrations into supabase/migrations/CHECKSUMS; from then on they never change
	@$(PYTHON) -m scripts.prepare run
	@$(VENV) -m scripts.frozen_migrations --add

prices: ## writes the list of models and prices anew; `make lock` first, for newer ones, and `make migration` after
	@$(PYTHON) -m scripts.prepare test
	@$(VENV) -m scripts.prices

lock: ## pins the newest versions that pyproject.toml allows
	@$(PYTHON) -m scripts.prepare lock
	@$(VENV) -m scripts.lock
