#!/bin/sh
# Installs the locked dependencies when they are missing or older than the lock file.
# Runs under any npm: `npm ci` takes exactly what package-lock.json names, whatever Node starts it.
set -eu
cd "$(dirname "$0")/.."
marker=node_modules/.package-lock.json
if [ ! -e "$marker" ] || [ package-lock.json -nt "$marker" ] || [ ! -x node_modules/.bin/node ]; then
  npm ci --no-audit --no-fund --loglevel=error
  touch "$marker"
fi
