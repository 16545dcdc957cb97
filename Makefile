# Needs make, and root or sudo the first time; everything else is installed by `make setup`.
.DEFAULT_GOAL := help
.PHONY: help setup build test check-exports verification-table demo demo-data lint metrics chaos chaos-quick slurm simulate fuzz bench-training bench-proposals \
	check-optuna compare-methods bench-search bench-search-quick bench-queue bench-queue-quick bench-end-to-end bench-search-cost clean

FUZZER := .build-fuzzing/release/FuzzDriver
FUZZ :=
SLURM :=
SEEDS := 20000
SEED :=
PYTHON := .venv/bin/python
PROGRAM := .build/release/peftsearch
MODEL := .demo/models/all-MiniLM-L6-v2/model.safetensors
TASK := .demo/wordnet/test.tsv
PEERS := .venv-peers/installed
ADAPTERHUB := .venv-adapters/installed
OPTUNA := .venv-optuna/installed
TINY := Tests/PEFTTests/Fixtures/golden
TRAIN := .demo/wordnet/train.tsv
TEXT := text
LABEL := label
BENCH :=
BENCH_PROPOSALS :=
DATA :=
COMPARE :=
BENCH_SEARCH :=
BENCH_END_TO_END :=
BENCH_SEARCH_COST :=
BENCH_QUEUE :=
OPTUNA_CHECK :=
CHAOS :=
CHAOS_TOOL = PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 python3 -m chaos --program $(PROGRAM)
SEARCHERS := .venv-search/installed
END_TO_END := .venv-end-to-end/installed

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing on this machine
	@tools/setup.sh

build: setup ## build the program, .build/release/peftsearch
	swift build -c release --product peftsearch

# Simulations keep every core busy for themselves; other tests watch how long things take.
SIMULATIONS := SimulationTests|DifferentialTests

test: setup ## build and run all tests, against a PostgreSQL of their own
	swift build -c release --build-tests
	PEFTSEARCH_REQUIRE_POSTGRES=1 swift test -c release --skip-build --skip '$(SIMULATIONS)'
	PEFTSEARCH_REQUIRE_POSTGRES=1 swift test -c release --skip-build --filter '$(SIMULATIONS)'

EXPORTS = $(PYTHON) tools/check_exports.py --program $(PROGRAM) \
	--peft .venv-peers/bin/python --adapters .venv-adapters/bin/python

check-exports: build $(MODEL) $(PEERS) $(ADAPTERHUB) ## load exports in Python, compare logits
	$(EXPORTS) --model $(TINY)/tiny-bert --trials 10 --hybrids 12 --pairs --configurations $(TINY)/*.json
	$(EXPORTS) --model $(TINY)/roberta/tiny-roberta --hybrids 8 --kind regression --foreign
	$(EXPORTS) --model $(TINY)/electra/tiny-electra --hybrids 6 --kind token_classification --trials 4 --foreign
	$(EXPORTS) --model $(TINY)/distilbert/tiny-distilbert --hybrids 8 --singles
	$(EXPORTS) --model $(dir $(MODEL)) --hybrids 10 --foreign

check-optuna: build $(OPTUNA) ## read studies with the real Optuna and its dashboard (OPTUNA_CHECK=options)
	.venv-optuna/bin/python tools/check_optuna.py --program $(PROGRAM) $(OPTUNA_CHECK)

verification-table: build $(PEERS) $(ADAPTERHUB) ## measure every method against its oracles: docs/verification.md
	swift build -c release --build-tests
	$(PYTHON) tools/verification_table.py --program $(PROGRAM) \
		--peft .venv-peers/bin/python --adapters .venv-adapters/bin/python

demo: build demo-data ## search the WordNet task with all-MiniLM-L6-v2
	$(PROGRAM) run examples/wordnet.yaml

demo-data: $(MODEL) $(TASK)

$(MODEL): | setup
	$(PYTHON) tools/fetch_demo_model.py .demo/models

$(TASK): tools/make_wordnet_task.py | setup
	$(PYTHON) tools/make_wordnet_task.py .demo/wordnet

lint: ## formatting of Swift, syntax of Python and shell, pages that are made
	swift format lint -r --strict Sources Tests Package.swift
	PYTHONPYCACHEPREFIX=.build/pycache python3 -m compileall -q tools Benchmarks
	@python3 tools/verification_table.py --check
	for script in tools/*.sh .ci/run; do bash -n "$$script" || exit 1; done

metrics: ## sizes of files and functions, unsafe code, documentation
	@python3 tools/metrics.py Sources

chaos: build ## kill, cut, pause and fill up everything, compare the fronts: docs/chaos.md (CHAOS=options, as --seed=2)
	@$(CHAOS_TOOL) run $(CHAOS); result=$$?; $(CHAOS_TOOL) report && exit $$result
	@python3 tools/check_recovery.py --program $(PROGRAM) --workers 3 --kills 2

chaos-quick: build ## every kind of fault once, in less than a minute
	@$(CHAOS_TOOL) short $(CHAOS)

slurm: build ## the same on a real Slurm with two virtual nodes; needs root, slurm-wlm and munge (SLURM=options)
	@PYTHONDONTWRITEBYTECODE=1 python3 tools/check_slurm.py --program $(PROGRAM) $(SLURM)

simulate: setup ## studies in virtual time, with faults drawn from seeds, and without each rule (SEEDS=how many, or SEED=one)
	swift build -c release --build-tests
	PEFTSEARCH_REQUIRE_POSTGRES=1 PEFTSEARCH_SIMULATED_SEEDS=$(SEEDS) PEFTSEARCH_SIMULATED_SEED=$(SEED) \
		swift test -c release --skip-build --no-parallel \
		--filter '$(if $(SEED),SeedTests,$(SIMULATIONS)|RaceTests)'

fuzz: setup ## a million bad files through every reader, with libFuzzer (FUZZ=options of tools/fuzz.py)
	PEFTSEARCH_FUZZING=1 swift build -c release --sanitize fuzzer --scratch-path .build-fuzzing --product FuzzDriver
	@python3 tools/fuzz.py --driver $(FUZZER) $(FUZZ)

bench-training: build demo-data $(PEERS) ## training speed beside PyTorch + PEFT (TRAIN=FILE TEXT=column LABEL=column BENCH=options)
	@$(PYTHON) tools/bench_training.py --model $(dir $(MODEL)) --train $(TRAIN) --text $(TEXT) --label $(LABEL) $(BENCH)

bench-proposals: build ## how long strategies think, beside Optuna where `.venv-search` has it (BENCH_PROPOSALS=options)
	@$(firstword $(wildcard .venv-search/bin/python) python3) tools/bench_proposals.py --program $(PROGRAM) $(BENCH_PROPOSALS)

compare-methods: build $(MODEL) ## every method on trec and banking77 (DATA=folder that has both, COMPARE=options)
	$(PYTHON) tools/compare_methods.py --model $(dir $(MODEL)) --data "$(DATA)" $(COMPARE)
	$(PYTHON) tools/compare_methods.py --render

bench-search: build $(SEARCHERS) ## our strategies beside Optuna and BoTorch: docs/search-benchmark.md (BENCH_SEARCH=options)
	PYTHONPATH=tools .venv-search/bin/python -m bench_search --program $(PROGRAM) run $(BENCH_SEARCH)
	PYTHONPATH=tools .venv-search/bin/python -m bench_search report

bench-search-quick: build ## our strategies beside random search, in a minute
	@PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 python3 -m bench_search --program $(PROGRAM) quick

bench-end-to-end: build $(MODEL) $(END_TO_END) ## whole searches beside Optuna with PEFT (DATA=folder with trec and sst2, BENCH_END_TO_END=options)
	PYTHONPATH=tools .venv-end-to-end/bin/python -m bench_end_to_end --program $(PROGRAM) \
		run --model $(dir $(MODEL)) --data "$(DATA)" $(BENCH_END_TO_END)
	PYTHONPATH=tools .venv-end-to-end/bin/python -m bench_end_to_end report

bench-search-cost: build $(MODEL) ## what a search costs in LoRA trainings (DATA=folder with sst2 and banking77, BENCH_SEARCH_COST=options)
	PYTHONPATH=tools $(PYTHON) -m bench_search_cost --program $(PROGRAM) \
		run --model $(dir $(MODEL)) --data "$(DATA)" $(BENCH_SEARCH_COST)
	PYTHONPATH=tools $(PYTHON) -m bench_search_cost report

bench-queue: build $(SEARCHERS) ## trials per second beside Optuna on one PostgreSQL: docs/queue-benchmark.md (BENCH_QUEUE=options)
	.venv-search/bin/python -c "import psycopg2" 2>/dev/null || .venv-search/bin/pip install -q psycopg2-binary==2.9.13
	PYTHONPATH=tools .venv-search/bin/python -m bench_queue --program $(PROGRAM) run $(BENCH_QUEUE)
	PYTHONPATH=tools .venv-search/bin/python -m bench_queue report

bench-queue-quick: build ## statements and commits a trial, in a few seconds
	@PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 python3 -m bench_queue --program $(PROGRAM) check

# numpyro and jax are what BoTorch fits SAAS with; with ninja it compiles its fast acquisition function.
$(SEARCHERS): | setup
	python3 -m venv .venv-search
	.venv-search/bin/pip install -q torch==2.13.0
	.venv-search/bin/pip install -q optuna==5.0.0 botorch==0.18.1 numpyro==0.22.0 jax==0.10.2 ninja pymoo==0.6.2 \
		sb-arch-opt==1.7.1 coco-experiment==2.8.2 scikit-learn scipy matplotlib psycopg2-binary==2.9.13
	touch $@

$(END_TO_END): | setup
	python3 -m venv .venv-end-to-end
	.venv-end-to-end/bin/pip install -q torch==2.13.0
	.venv-end-to-end/bin/pip install -q optuna==5.0.0 scipy transformers==5.23.0 peft==0.21.2 accelerate
	touch $@

$(PEERS): | setup
	python3 -m venv .venv-peers
	.venv-peers/bin/pip install -q torch==2.13.0
	.venv-peers/bin/pip install -q transformers==5.23.0 peft==0.21.2 accelerate
	touch $@

$(OPTUNA): | setup
	python3 -m venv .venv-optuna
	.venv-optuna/bin/pip install -q optuna==5.0.0 optuna-dashboard==0.21.0 psycopg2-binary==2.9.13
	touch $@

# Its transformers is another major version than PEFT's.
$(ADAPTERHUB): | setup
	python3 -m venv .venv-adapters
	.venv-adapters/bin/pip install -q torch==2.13.0
	.venv-adapters/bin/pip install -q adapters==1.3.0
	touch $@

clean: ## remove what was built and made; studies in .peftsearch stay
	rm -rf .build .build-fuzzing .demo .fuzzing .venv
