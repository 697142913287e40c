#!/usr/bin/env bash
# Puts the official Python client of the legacy API where the tests look for it: .build/python/packages. Needs python3
# and pip (its own, or one from a virtual environment), and a package index that pip can reach. What is missing skips
# the tests of that client and nothing else: the reason is printed, left in .build/python/skipped, and this exits with 0.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=.build/python
requirements=Tests/PythonClient/requirements.txt
log=$folder/install.log
mkdir -p "$folder"

skip() {
  rm -rf "$folder/packages" "$folder/new"
  printf '%s\n' "$*" >"$folder/skipped"
  printf 'python-client: skipped: %s\n' "$*"
  exit 0
}

command -v python3 >/dev/null 2>&1 || skip "there is no python3; on Debian: apt-get install python3-venv"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  skip "$(python3 --version 2>&1) is too old; the client's packages need Python 3.10 or newer."

# The same requirements, installed by the same Python: nothing to do.
mark=$(python3 --version 2>&1 && cat "$requirements")
if [ -f "$folder/packages/.mark" ] && [ "$mark" = "$(cat "$folder/packages/.mark")" ]; then
  rm -f "$folder/skipped"
  exit 0
fi

if python3 -m pip --version >"$log" 2>&1; then
  pip=(python3 -m pip)
elif rm -rf "$folder/venv" && python3 -m venv "$folder/venv" >>"$log" 2>&1; then
  pip=("$folder/venv/bin/python3" -m pip)
else
  skip "python3 has neither pip nor the module ensurepip; on Debian: apt-get install python3-venv"
fi

rm -rf "$folder/new"
echo "Installing the official Python client of the legacy API."
"${pip[@]}" install --quiet --disable-pip-version-check --no-input --no-warn-script-location --root-user-action ignore \
  --retries 1 --timeout 15 --require-hashes --no-deps --only-binary :all: --target "$folder/new" \
  -r "$requirements" >>"$log" 2>&1 ||
  skip "pip could not install it (no network, or no package index?); see $log"
python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import dynamics.customerinsights.api' "$folder/new" \
  >>"$log" 2>&1 || skip "it is installed and cannot be imported; see $log"
printf '%s\n' "$mark" >"$folder/new/.mark"
rm -rf "$folder/packages" "$folder/skipped"
mv "$folder/new" "$folder/packages"
