#!/usr/bin/env bash
# Instructions of one parse, print, hash and of all three: the same on a busy machine as on an idle one, so that a
# regression of a few percent shows. Counted by the processor itself (perf) where it lets perf count, which many virtual
# machines do not; otherwise by valgrind, which takes a minute or two.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
SLUICE_BENCHMARKS=1 swift build -c release --package-path "$root" --product ParserBenchmark >&2
binary=$root/.build/release/ParserBenchmark

with_perf() { perf stat -x, -e instructions:u "$binary" count "$@" 2>&1 >/dev/null | awk -F, '/instructions/ {print $1}'; }
with_valgrind() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" count "$@" 2>&1 >/dev/null |
    awk '/Collected/ {print $4}'
}
# Whether a way of counting gives a number.
counts() { case $("$1" lookup parse 1 2>/dev/null || true) in '' | *[!0-9]*) false ;; esac }

if command -v perf >/dev/null && counts with_perf; then
  count=with_perf few=1000 many=6000
elif command -v valgrind >/dev/null && counts with_valgrind; then
  count=with_valgrind few=20 many=120
else
  echo "nothing counts instructions here: perf is missing or the processor does not let it, and valgrind is missing" >&2
  exit 1
fi
echo "counted ${count/_/ }" >&2
printf '%-10s %10s %10s %10s %10s\n' case parse print hash all
for name in lookup encoded medium legacy in20 or50; do
  printf '%-10s' "$name"
  for stage in parse print hash all; do
    printf ' %10d' $((($("$count" "$name" "$stage" "$many") - $("$count" "$name" "$stage" "$few")) / (many - few)))
  done
  echo
done
