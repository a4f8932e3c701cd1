#!/bin/sh
# Builds the web client when it is missing or older than its sources. Takes about a second.
# Without Vite (an image, `npm ci --omit=dev`) what was built before is what there is.
set -eu
cd "$(dirname "$0")/.."
client=services/webmail/client
built=$client/dist/index.html
[ -x node_modules/.bin/vite ] || exit 0
if [ ! -e "$built" ] || [ -n "$(find "$client" package-lock.json -path "$client/dist" -prune -o -type f -newer "$built" -print -quit)" ]; then
  if [ "${npm_config_loglevel:-}" = silent ]; then exec 3>/dev/null; else exec 3>&2; fi
  PATH="$PWD/node_modules/.bin:$PATH" vite build --logLevel warn -c "$client/vite.config.ts" >&3
fi
