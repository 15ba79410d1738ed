#!/bin/sh
# A daemon that knows one signature, that of the file with which scanners are tried. The real ones are fetched by the
# official image; here nothing is.
set -eu
signatures=/var/lib/clamav/trial.ndb
if [ ! -s "$signatures" ]; then
  # The text is put together here, so that this file itself is no finding.
  trial='X5O!P%@AP[4\PZX54(P^)7CC)7}$'"EICAR-STANDARD-"'ANTIVIRUS-TEST-FILE!$H+H*'
  printf 'Trial.Eicar:0:*:%s\n' "$(printf '%s' "$trial" | od -An -v -tx1 | tr -d ' \n')" >"$signatures"
fi
cat >/tmp/clamd.conf <<END
Foreground yes
TCPSocket 3310
TCPAddr 0.0.0.0
DatabaseDirectory /var/lib/clamav
StreamMaxLength 100M
END
exec clamd --config-file=/tmp/clamd.conf
