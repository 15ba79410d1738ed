#!/bin/sh
# Does what the official image does where its folder is empty: makes the cluster, its password and its database.
set -eu
export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
: "${POSTGRES_DB:?}" "${POSTGRES_PASSWORD_FILE:=/tmp/given}"
if [ "$(id -u)" = 0 ]; then
  install -d -m 0700 -o postgres -g postgres "$PGDATA"
  # A test gives the password itself, a deployment the file in which it is.
  [ -z "${POSTGRES_PASSWORD:-}" ] || (umask 077 && printf '%s' "$POSTGRES_PASSWORD" >"$POSTGRES_PASSWORD_FILE")
  install -m 0400 -o postgres -g postgres "$POSTGRES_PASSWORD_FILE" /tmp/password
  unset POSTGRES_PASSWORD
  exec setpriv --reuid postgres --regid postgres --clear-groups /bin/sh "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # shellcheck disable=SC2086 # They are several words.
  initdb -D "$PGDATA" -U postgres --pwfile /tmp/password -A scram-sha-256 ${POSTGRES_INITDB_ARGS:-} >/dev/null
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses='' -k /tmp" start >/dev/null
  PGPASSWORD=$(cat /tmp/password) createdb -h /tmp -U postgres "$POSTGRES_DB"
  pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null
fi
exec "$@" -c listen_addresses='*' -c unix_socket_directories=/tmp
