#!/usr/bin/env bash
# Benchmarks: the parser alone, the rewriting of answers, resolving and judging with a large policy, what a legacy request
# of several reads costs, then a cached hit of the gateway beside nginx's proxy_cache on the same body.
# Needs nginx and wrk for the last part and says so when they are missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
export SLUICE_BENCHMARKS=1

for name in Parser Rewrite Judge Plan; do
  echo "== $name"
  swift run -c release --package-path "$root" "${name}Benchmark"
done

echo "== cached hit"
"$here/cached-hit.sh" "$root/.build/release/sluice"
