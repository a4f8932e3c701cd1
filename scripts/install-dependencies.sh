#!/bin/sh
# Installs the locked dependencies when they are missing or older than the lock file.
# Runs under any npm: `npm ci` takes exactly what package-lock.json names, whatever Node starts it.
set -eu
cd "$(dirname "$0")/.."
marker=node_modules/.package-lock.json
if [ ! -e "$marker" ] || [ package-lock.json -nt "$marker" ] || [ ! -x node_modules/.bin/node ]; then
  # Standard output belongs to the command that comes after this: `npm run -s mailctl -- … --json | jq`.
  if [ "${npm_config_loglevel:-}" = silent ]; then exec 3>/dev/null; else exec 3>&2; fi
  npm ci --no-audit --no-fund --loglevel=error >&3
  touch "$marker"
fi
