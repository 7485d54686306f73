#!/bin/sh
# Builds a commit twice and compares, builds its kit again, signs, and checks what was signed.
#
#     ci.sh [COMMIT]
#
# Run it in the project's checkout. It ends with the status of the first step that fails
# (docs/exit-codes.md); the reports are there then too. Signs only where CUPEL_KEY holds a private
# key; CUPEL_PASSPHRASE decrypts it, CUPEL_PUBLIC_KEY is the public one. CUPEL_BUILDER_ID is the URI
# of the builder, CUPEL_SOURCE_URI that of the source.
set -eu

# No build gets them: only `cupel attest` does.
key=${CUPEL_KEY:-} passphrase=${CUPEL_PASSPHRASE:-}
unset CUPEL_KEY CUPEL_PASSPHRASE

rev=${1:-HEAD}
reports=${CUPEL_REPORTS:-cupel-reports}
kit=$(mktemp -d)
trap 'rm -rf "$kit"' EXIT
trap 'exit 130' HUP INT TERM

# build
cupel doctor
cupel fetch
cupel build --rev "$rev" --sarif "$reports/build.sarif" --junit "$reports/build.xml"

# verify, in a store of its own
cupel kit export --rev "$rev" --record cupel-out --out "$kit/source.kit"
CUPEL_STORE=$kit/store cupel build --kit "$kit/source.kit" --out "$kit/rebuilt" \
  --sarif "$reports/rebuild.sarif" --junit "$reports/rebuild.xml"

# attest
if [ -z "$key" ]; then
  echo "note: CUPEL_KEY is not set: nothing is signed" >&2
  exit 0
fi
CUPEL_KEY=$key CUPEL_PASSPHRASE=$passphrase \
  cupel attest cupel-out --key-env CUPEL_KEY --passphrase-env CUPEL_PASSPHRASE \
  --builder-id "$CUPEL_BUILDER_ID" --source-uri "$CUPEL_SOURCE_URI"
printf '%s\n' "$CUPEL_PUBLIC_KEY" > "$kit/release.pub"
cupel verify cupel-out/artifacts/* --key "$kit/release.pub" \
  --attestation cupel-out/attestations/build.intoto.jsonl \
  --sarif "$reports/verify.sarif" --junit "$reports/verify.xml"
