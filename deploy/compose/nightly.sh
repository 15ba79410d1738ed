#!/bin/sh
# Once a day, at 03:40 UTC: a backup into /backup, sealed and copied as the settings say, then the bytes of what was erased.
# Backups go before the day that the receipt of an erasure names. A failed run is said on standard error, and tried again
# the next night. A night in which this host was off is made good for at the next start.
set -u
umask 077

night() {
  python -P -m cli backup run || echo "parley: tonight's backup failed" >&2
  python -P -m cli maintain "$@" || echo "parley: some bytes of what was erased stay until the next night" >&2
}

# What is there is a sealed file, or a folder; one that is still being made has another ending.
[ -n "$(find "${PARLEY_BACKUP_DIR:-/backup}" -maxdepth 1 \( -name '*Z' -o -name '*Z.sealed' \) -mmin -1560)" ] || night --overdue

while :; do
  now=$(date -u +%s)
  next=$(((now / 86400) * 86400 + 13200))
  [ "$next" -gt "$now" ] || next=$((next + 86400))
  sleep $((next - now)) &
  # A signal ends the wait at once.
  trap 'kill $! 2>/dev/null; exit 0' TERM INT
  wait $!
  night
done
