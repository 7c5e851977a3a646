# make demo and make test are all a fresh machine needs; the rest are parts of them.

BUF := go tool -modfile=tools/go.mod buf
export GOFLAGS := -buildvcs=false

.PHONY: demo build check test-go test-clients test gen bench clean

demo: build ## Start the server, extract an article through gRPC and show what was found.
	docs/demo/run.sh

build: ## Build bin/nutgraf.
	go build -o bin/ ./cmd/nutgraf

check: ## Formatting, linters, contract rules, generated code, known holes.
	@test -z "$$(gofmt -l $$(git ls-files '*.go' ':!gen'))" || { echo "gofmt needed:"; gofmt -l $$(git ls-files '*.go' ':!gen'); exit 1; }
	go mod tidy -diff
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck $$(go list ./... | grep -v /gen/)
	$(BUF) lint
	$(BUF) format --diff --exit-code proto
	tools/breaking.sh
	tools/generate.sh --check
	tools/vulns.sh

test-go: ## All Go tests with the race detector, and the modules of their own.
	go test -race ./...
	cd deploy && go test ./...
	cd bench/content && go vet ./...

test-clients: build ## Every client, and grpcurl, against one real server.
	clients/test.sh

test: check test-go test-clients demo ## Everything CI checks.

gen: ## Generate gen/ from proto/.
	tools/generate.sh

bench: ## Accuracy, speed and hostile input; accuracy needs the development sets in ../shared.
	bench/run.sh

clean:
	rm -rf bin clients/python/.venv clients/typescript/node_modules clients/typescript/dist
