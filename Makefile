# What one does with eddy. `make help` lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The binary needs no C; only the race detector does. VCS=false builds where git is not usable.
VCS ?= $(shell git status >/dev/null 2>&1 && echo auto || echo false)
BUILD = CGO_ENABLED=0 go build -trimpath -buildvcs=$(VCS)
BINARY = bin/eddy
FUZZTIME ?= 5s
BENCHTIME ?= 1s
SERIES ?= 100000

.PHONY: help run build demo test test-tools race e2e lint bench bench-receivers bench-once accuracy fuzz fuzz-targets ci clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: build ## build and start eddy: HTTP on 127.0.0.1:7420, NATS on 127.0.0.1:4222, data in ./data
	@exec $(BINARY) run $(ARGS)

build: ## build bin/eddy
	@mkdir -p bin
	$(BUILD) -o $(BINARY) ./cmd/eddy

demo: build ## send a small fleet with faults to a running eddy and watch them being caught
	@exec $(BINARY) demo $(ARGS)

# go test's own limit of ten minutes is too short for the end-to-end tests on two cores.
TIMEOUT = -timeout 20m

test: test-tools ## install what tests need, then run all of them
	go test $(TIMEOUT) ./...

# install is a shell command that installs the Debian packages, named as their programs, that are missing. sudo is only
# used when we are not root.
install = missing=; for p in $(1); do command -v $$p >/dev/null || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		root=; [ "$$(id -u)" = 0 ] || root=sudo; \
		echo "installing$$missing"; \
		$$root apt-get update -qq && $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends$$missing; \
	fi

# The end-to-end tests use a real Prometheus and a real exporter.
test-tools:
	@$(call install,prometheus prometheus-node-exporter)

race: ## all tests but end-to-end with the race detector (needs a C compiler)
	go test -race $$(go list ./... | grep -v /e2e)

e2e: test-tools ## end-to-end tests of the built binary
	go test -count=1 $(TIMEOUT) ./e2e/...

lint: ## gofmt, vet and the house rules
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted; run gofmt -w:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go test -count=1 .

# Each round starts a fresh eddy: as fast as it goes, then at a steady rate with faults, whose events are timed. The
# second configuration is the lightest there is.
bench: build ## Go benchmarks, then `eddy bench` against a fresh eddy: the default detector, and the lightest
	go test -run '^$$' -bench . -benchtime $(BENCHTIME) ./...
	@url=http://127.0.0.1:17420; trap 'kill $$pid 2>/dev/null; wait $$pid 2>/dev/null; rm -rf $$dir' EXIT; \
	for config in '' deploy/statistical.yaml; do \
		echo; echo "== $${config:-the default detector}"; dir=$$(mktemp -d); \
		$(BINARY) run --config.file "$$config" --data.dir $$dir --web.listen-address 127.0.0.1:17420 --nats.listen-address 127.0.0.1:14222 --log.level warn >/dev/null & pid=$$!; \
		for i in $$(seq 100); do curl -fs $$url/-/ready >/dev/null && break; sleep 0.1; done; \
		$(BINARY) bench --url $$url/api/v1/write --series $(SERIES) --duration 20s && \
		$(BINARY) bench --url $$url/api/v1/write --series $(SERIES) --rate 100000 --duration 150s --tenant faults --faults 0.002 --nats-url nats://127.0.0.1:14222 || exit 1; \
		kill $$pid; wait $$pid 2>/dev/null; rm -rf $$dir; done

# The same load on three receivers, one after another, each fresh. VictoriaMetrics and Prometheus only store; eddy is
# shown three times: accepting only, and with every stage under two detectors.
bench-receivers: build ## eddy beside Debian's victoria-metrics and prometheus under the same load (installs them)
	@$(call install,victoria-metrics prometheus)
	@dir=$$(mktemp -d); trap 'kill $$pid 2>/dev/null; rm -rf $$dir' EXIT; \
	try() { name=$$1; ready=$$2; write=$$3; shift 3; echo; echo "== $$name"; \
		"$$@" >$$dir/log 2>&1 & pid=$$!; for i in $$(seq 100); do curl -fs $$ready >/dev/null && break; sleep 0.1; done; \
		$(BINARY) bench --url $$write --series $(SERIES) --duration 20s --tenant '' | grep -v ' s  '; kill $$pid; wait $$pid 2>/dev/null || true; rm -rf $$dir/data; }; \
	printf 'global: {}\n' >$$dir/prometheus.yml; \
	try "victoria-metrics" http://127.0.0.1:18428/health http://127.0.0.1:18428/api/v1/write victoria-metrics -storageDataPath $$dir/data -httpListenAddr 127.0.0.1:18428; \
	try "prometheus" http://127.0.0.1:19090/-/ready http://127.0.0.1:19090/api/v1/write prometheus --config.file $$dir/prometheus.yml --storage.tsdb.path $$dir/data --web.listen-address 127.0.0.1:19090 --web.enable-remote-write-receiver; \
	try "eddy, accept only" http://127.0.0.1:17420/-/ready http://127.0.0.1:17420/api/v1/write $(BINARY) run --stages ingest --data.dir $$dir/data --web.listen-address 127.0.0.1:17420 --nats.listen-address 127.0.0.1:14222; \
	try "eddy, every stage, statistical" http://127.0.0.1:17420/-/ready http://127.0.0.1:17420/api/v1/write $(BINARY) run --config.file deploy/statistical.yaml --data.dir $$dir/data --web.listen-address 127.0.0.1:17420 --nats.listen-address 127.0.0.1:14222; \
	try "eddy, every stage, the default ensemble" http://127.0.0.1:17420/-/ready http://127.0.0.1:17420/api/v1/write $(BINARY) run --data.dir $$dir/data --web.listen-address 127.0.0.1:17420 --nats.listen-address 127.0.0.1:14222

DATA ?= ../shared/data
RESULTS ?= results

# One configuration for all files, no setting per file. The scorers come with the data; they need numpy.
accuracy: build ## detection quality on the labelled data in DATA: backtests, then the scorers of the data
	@python=/usr/bin/python3; $$python -c 'import numpy' 2>/dev/null || { $(call install,python3-numpy); }; \
	for c in nab mscloud kpi wsd; do [ -d $(DATA)/$$c ] || continue; echo; echo "== $$c"; \
		$(BINARY) backtest --csv $(DATA)/$$c/data --out $(RESULTS)/$$c $(ARGS) || exit 1; \
		vus=; [ $$c = wsd ] && vus=--vus; $$python $(DATA)/score_nab.py $(RESULTS)/$$c --data $(DATA)/$$c $$vus || exit 1; done; \
	for r in $(DATA)/k8s/*/; do [ -d $$r/pods ] || continue; n=$$(basename $$r); echo; echo "== kubernetes $$n"; \
		$(BINARY) backtest --csv $$r/pods --out $(RESULTS)/k8s/$$n $(ARGS) || exit 1; \
		sed '1s/.*/timestamp,pod,series,score/' $(RESULTS)/k8s/$$n/events.csv >$(RESULTS)/k8s/$$n/pods.csv; \
		$$python $(DATA)/score_k8s.py $(RESULTS)/k8s/$$n/pods.csv $$r || exit 1; done

bench-once: ## every Go benchmark once, so that none rots
	go test -run '^$$' -bench . -benchtime 1x ./...

# package:target, one a line. Found by grep so that no target can be forgotten; the house test compares with the code.
fuzz-targets:
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed -E 's|/[^/]*:func (.*)|:\1|'

fuzz: ## every fuzz target for FUZZTIME (default 5s)
	@set -e; for t in $$($(MAKE) --silent --no-print-directory fuzz-targets); do \
		echo "$$t"; go test -run '^$$' -fuzz "^$${t#*:}$$" -fuzztime $(FUZZTIME) "$${t%%:*}"; \
	done

ci: test-tools build lint race e2e fuzz bench-once ## everything a change must pass

clean: ## remove what was built; ./data stays
	rm -rf bin

# Debian's python3 is the one that sees Debian's packages, whatever else is first in PATH.
.PHONY: bench-peers
bench-peers: ## forest and LSTM beside Debian's python3-sklearn and python3-torch, one thread each (installs them)
	@if ! /usr/bin/python3 -c 'import sklearn, torch' 2>/dev/null; then \
		root=; [ "$$(id -u)" = 0 ] || root=sudo; \
		echo "installing python3-sklearn python3-torch"; \
		$$root apt-get update -qq && $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-sklearn python3-torch; \
	fi
	go run ./algorithms/peers -python /usr/bin/python3
