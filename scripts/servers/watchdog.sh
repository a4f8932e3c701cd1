#!/bin/sh
# Ends what a parent started, when the parent itself was killed and could not.
# The parent holds our standard input: it writes `hold PID SIGNAL`, `release PID`, `remove DIR`, `keep DIR`;
# end of file means that it is gone.
trap '' INT TERM HUP
held=''
removed=''
without() { # LIST WORD: the list without the entries that are the word, or begin with `word:`
  for entry in $1; do
    case $entry in "$2" | "$2":*) ;; *) printf '%s ' "$entry" ;; esac
  done
}
while read -r verb what signal; do
  case $verb in
    hold) held="$held $what:$signal" ;;
    release) held=$(without "$held" "$what") ;;
    remove) removed="$removed $what" ;;
    keep) removed=$(without "$removed" "$what") ;;
  esac
done
for entry in $held; do kill -s "${entry##*:}" "${entry%%:*}" 2>/dev/null; done
tries=0
while [ $tries -lt 50 ]; do
  alive=''
  for entry in $held; do kill -0 "${entry%%:*}" 2>/dev/null && alive=yes; done
  [ -z "$alive" ] && break
  sleep 0.1
  tries=$((tries + 1))
done
for entry in $held; do kill -s KILL "${entry%%:*}" 2>/dev/null; done
for directory in $removed; do rm -rf -- "$directory"; done
