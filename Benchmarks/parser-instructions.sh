#!/usr/bin/env bash
# Instructions of one parse, print, hash and of all three, by the processor's own counter: the same on a busy machine as
# on an idle one, so that a regression of a few percent shows. Needs perf and a processor that lets it count.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
swift build -c release --package-path "$here" --product ParserBenchmark >&2
binary=$here/.build/release/ParserBenchmark

count() { perf stat -x, -e instructions:u "$binary" count "$1" "$2" "$3" 2>&1 >/dev/null | awk -F, '/instructions/ {print $1}'; }

case $(count lookup parse 1) in
'' | *[!0-9]*)
  echo "perf cannot count instructions here" >&2
  exit 1
  ;;
esac
printf '%-10s %10s %10s %10s %10s\n' case parse print hash all
for name in lookup encoded medium legacy in20 or50; do
  printf '%-10s' "$name"
  for stage in parse print hash all; do
    few=$(count "$name" "$stage" 1000)
    many=$(count "$name" "$stage" 6000)
    printf ' %10d' $(((many - few) / 5000))
  done
  echo
done
