#!/usr/bin/env bash
# Makes sure that what the build needs is there: a Swift toolchain, three system libraries, room on the disk.
# Installs the libraries with apt when it may; otherwise names them and stops. One clear sentence for each obstacle.
set -euo pipefail

fail() {
  printf 'sluice: %s\n' "$*" >&2
  exit 1
}

command -v swift >/dev/null 2>&1 ||
  fail "no Swift toolchain was found; install Swift 6.1 or newer from https://www.swift.org/install/ and put it on the PATH."
version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | grep -oE '[0-9]+\.[0-9]+' | head -n 1)
[ -n "$version" ] || fail "'swift --version' names no version; reinstall the toolchain from https://www.swift.org/install/."
major=${version%%.*}
minor=${version##*.}
if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 1 ]; }; then
  fail "Swift $version is too old; install Swift 6.1 or newer from https://www.swift.org/install/."
fi

need_kb=$((3 * 1024 * 1024))
[ -d .build ] && need_kb=$((512 * 1024))
free_kb=$(df -Pk . | awk 'NR == 2 { print $4 }')
[ "$free_kb" -ge "$need_kb" ] ||
  fail "the disk of $(pwd) has $((free_kb / 1024)) MiB left and the build needs $((need_kb / 1024)) MiB; free some space."

packages=()
command -v pkg-config >/dev/null 2>&1 || packages+=(pkg-config)
has() { command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1" 2>/dev/null; }
has libcurl || packages+=(libcurl4-openssl-dev)
has libpcre2-8 || packages+=(libpcre2-dev)
has sqlite3 || packages+=(libsqlite3-dev)
[ "${#packages[@]}" -eq 0 ] && exit 0

command -v apt-get >/dev/null 2>&1 ||
  fail "these libraries are missing and this is not a Debian system: the equivalents of ${packages[*]}; install them and run again."
if [ "$(id -u)" -eq 0 ]; then
  run=()
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  run=(sudo)
else
  fail "some libraries are missing and this user may not install them; run: apt-get install ${packages[*]}"
fi
echo "Installing ${packages[*]}."
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq || fail "'apt-get update' failed; mend the package sources, or install by hand: ${packages[*]}"
"${run[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null ||
  fail "the installation failed; install by hand: ${packages[*]}"
