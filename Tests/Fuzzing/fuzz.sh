#!/bin/bash
# Fuzzes parser and printer of ODataURL, guided by coverage, under the address sanitizer.
#
#   Tests/Fuzzing/fuzz.sh [SECONDS]        (or: make fuzz FUZZ_SECONDS=3600)
#
# Everything that is made stays in FUZZ_FOLDER, outside of the project: the program, the dictionary, the corpus, what was
# found. Seeds come from the public vectors where CONFORMANCE_VECTORS or the folder beside the checkout has them. A finding
# stops the run with a file named crash-…, timeout-… or oom-…; `fuzzer FILE` repeats it. Minimised and named by hand, it
# becomes a case in Tests/ODataURLTests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
seconds=${1:-3600}
folder=${FUZZ_FOLDER:-${TMPDIR:-/tmp}/sluice-fuzz}
vectors=${CONFORMANCE_VECTORS:-$project/../shared/conformance}
mkdir -p "$folder/corpus" "$folder/seeds" "$folder/found"

echo "Building; this takes a minute or two."
mapfile -t sources < <(find "$project/Sources/ODataURL" "$here" -name '*.swift')
swiftc -O -wmo -parse-as-library -swift-version 6 -enable-upcoming-feature ExistentialAny -module-name Fuzzer \
  -package-name sluice -sanitize=fuzzer,address -g -o "$folder/fuzzer" "${sources[@]}"

# The words that the library itself looks for and writes.
grep -rhoE '"[A-Za-z$@%/(][A-Za-z0-9$@%/().=:;,_-]{1,23}"' "$project/Sources/ODataURL" | sort -u > "$folder/words.dict"

export ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no
if compgen -G "$vectors/*.jsonl" > /dev/null; then
  FUZZ_SEEDS="$folder/seeds" CONFORMANCE_VECTORS="$vectors" "$folder/fuzzer"
else
  echo "No conformance vectors at $vectors: without seeds."
fi
exec "$folder/fuzzer" "$folder/corpus" "$folder/seeds" -dict="$folder/words.dict" -max_len=1500 -timeout=20 \
  -rss_limit_mb=3000 -artifact_prefix="$folder/found/" -max_total_time="$seconds" -print_final_stats=1
