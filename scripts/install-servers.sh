#!/usr/bin/env bash
# Installs what the tests and `npm run cluster` start themselves: Postgres, Redis, NATS, and the mail clients
# the scenarios drive. Takes only what is missing, from the distribution's packages; starts no service.
set -euo pipefail

missing=()
has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || has postgres; }

has_postgres || missing+=(postgresql)
has redis-server || missing+=(redis-server)
has nats-server || missing+=(nats-server)
has pebble || missing+=(pebble)
has swaks || missing+=(swaks)
has gsasl || missing+=(gsasl)
has curl || missing+=(curl)
# swaks speaks TLS through Net::SSLeay, which its package only recommends.
perl -MNet::SSLeay -e 1 2>/dev/null || missing+=(libnet-ssleay-perl)
has telnet || missing+=(telnet)
has python3 || missing+=(python3)
has postfix || missing+=(postfix)
has mutt || missing+=(mutt)
# mutt draws on a terminal, which `script` gives it.
has script || missing+=(bsdutils)
has mbsync || missing+=(isync)
has offlineimap || missing+=(offlineimap3)
has getmail || missing+=(getmail6)
has prometheus || missing+=(prometheus)
has fetchmail || missing+=(fetchmail)
has chromium || missing+=(chromium)

if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if ! has apt-get; then
  echo "install-servers: please install: ${missing[*]} (apt-get is not at hand here)" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! { has sudo && sudo -n true 2>/dev/null; }; then
    echo "install-servers: needs root for: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo -n)
fi

# Debian starts a service as soon as its package is unpacked, unless this answers 101 ("not allowed").
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  made_policy=yes
fi
log=$(mktemp)
finish() {
  [ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"
  rm -f "$log"
}
trap finish EXIT

echo "install-servers: installing ${missing[*]}"
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    echo "install-servers: apt-get $1 failed (${missing[*]})" >&2
    exit 1
  }
}
apt update
apt install --no-install-recommends "${missing[@]}"
