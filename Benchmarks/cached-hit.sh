#!/usr/bin/env bash
# A cached hit: gateway and nginx proxy_cache in turn, each on core 0, the load on core 1, the same body and URL.
# Prints requests a second and CPU microseconds a request of every round; the ratio is what to quote.
# Usage: cached-hit.sh SLUICE_BINARY [rounds] [seconds]
set -euo pipefail
binary=$1
rounds=${2:-3}
seconds=${3:-5}
for tool in nginx wrk taskset curl; do
  command -v "$tool" >/dev/null 2>&1 || { echo "cached-hit: $tool is not installed; skipped (apt-get install nginx-light wrk curl)"; exit 0; }
done
work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

printf 'version: 1\nserver:\n  listen: 127.0.0.1:0\nsandbox:\n  customers: 200\ncallers:\n  anonymous: default\nlog:\n  access: off\n' >"$work/sluice.yaml"
taskset -c 0 "$binary" serve --config "$work/sluice.yaml" >"$work/out" 2>"$work/err" &
gateway=$!
pids+=("$gateway")
for _ in $(seq 200); do grep -q '^gateway ' "$work/out" && break; sleep 0.1; done
origin=$(awk '/^gateway /{print $2}' "$work/out")
[ -n "$origin" ] || { cat "$work/err"; echo "cached-hit: the gateway did not start"; exit 1; }

target='/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid,msdynci_fullname&$top=30'
curl -sg "$origin$target" -o "$work/body"
bytes=$(stat -c %s "$work/body")

mkdir -p "$work/cache" "$work/www" "$work/logs"
cat >"$work/nginx.conf" <<CONF
user root;
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/logs/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
  proxy_cache_path $work/cache keys_zone=one:10m;
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:18090;
    location / {
      proxy_pass $origin;
      proxy_cache one;
      proxy_cache_valid 200 1h;
      proxy_ignore_headers Cache-Control Vary Expires Set-Cookie;
    }
  }
}
CONF
taskset -c 0 nginx -c "$work/nginx.conf" -p "$work" >/dev/null 2>&1 &
pids+=("$!")
for _ in $(seq 50); do curl -sgo /dev/null "http://127.0.0.1:18090$target" && break; sleep 0.1; done
worker=$(pgrep -P "$(cat "$work/nginx.pid")" -f 'worker process')

ticks=$(getconf CLK_TCK)
cpu() { awk '{print $14 + $15}' "/proc/$1/stat"; }
round() { # name url pid
  local before after rate requests
  before=$(cpu "$3")
  taskset -c 1 wrk -t1 -c64 -d"${seconds}s" "$2" >"$work/wrk"
  after=$(cpu "$3")
  rate=$(awk '/Requests\/sec/{print $2}' "$work/wrk")
  requests=$(awk '/requests in/{print $1}' "$work/wrk")
  awk -v n="$1" -v r="$rate" -v q="$requests" -v t="$((after - before))" -v hz="$ticks" \
    'BEGIN { printf "%-8s %9.0f requests/s  %6.2f CPU us/request\n", n, r, t / hz * 1e6 / q }'
  grep -E 'Non-2xx|Socket errors' "$work/wrk" || true
}
echo "body $bytes bytes, 64 connections, $seconds s a round, server on core 0, load on core 1"
for _ in $(seq "$rounds"); do
  round sluice "$origin$target" "$gateway"
  round nginx "http://127.0.0.1:18090$target" "$worker"
done
