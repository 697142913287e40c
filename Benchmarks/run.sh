#!/usr/bin/env bash
# Benchmarks: the parser alone, then a cached hit of the gateway beside nginx's proxy_cache on the same body.
# Needs nginx and wrk for the second part and says so when they are missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

echo "== parser"
swift run -c release --package-path "$here" ParserBenchmark

echo "== cached hit"
"$here/cached-hit.sh" "$root/.build/release/sluice"
