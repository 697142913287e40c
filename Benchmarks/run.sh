#!/usr/bin/env bash
# Benchmarks: the parser alone, the rewriting of answers, then a cached hit of the gateway beside nginx's proxy_cache on
# the same body. Needs nginx and wrk for the last part and says so when they are missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

echo "== parser"
swift run -c release --package-path "$here" ParserBenchmark

echo "== rewriting"
SLUICE_BENCHMARKS=1 swift run -c release --package-path "$root" RewriteBenchmark

echo "== cached hit"
"$here/cached-hit.sh" "$root/.build/release/sluice"
