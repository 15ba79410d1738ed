#!/bin/sh
# Says by which digests the images of others are had today: lines for `.env`, so that what was tried is what runs, whatever
# their tags lead to later. Run it where Docker reaches the registries: `sh deploy/compose/pin.sh >>.env`.
set -eu
here=$(dirname "$0")

digest() {
  docker pull --quiet "$1" >/dev/null
  # An image may have come under other names as well.
  docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" | grep -m 1 "^${1%:*}@sha256:"
}

{
  sed -n 's/.*\${\(PARLEY_[A-Z]*_IMAGE\):-\([^}]*\)}.*/\1 \2/p' "$here/compose.yaml"
  # For `docker build --build-arg BASE=…`.
  sed -n 's/^ARG BASE=/PARLEY_BASE_IMAGE /p' "$here/../image/Dockerfile"
} | while read -r variable image; do
  found=$(digest "$image")
  printf '%s=%s\n' "$variable" "$found"
done
