#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Cuts compressed members into parts of limited size, a folder for each call, and describes them in a manifest.
#
#   cut.sh MEMBERS OUT LIMIT_BYTES
#
# MEMBERS   a file with a line for each member, in the order in which they are wanted: PAYLOAD NAME FORM TARGET FILE.
#           PAYLOAD is base or main; FORM is tar.xz (unpacked into the target folder) or xz (written to the file TARGET)
# OUT       receives call-01, call-02, …: base and the beginning of main in the first, further parts of main in the others;
#           call-01/kit holds the scripts that the other side needs, and the manifest
#
# Prints the number of calls.
set -euo pipefail

fail() {
  printf 'cut.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

[[ $# -eq 3 ]] || fail "expected MEMBERS OUT LIMIT_BYTES" 2
members=$1 out=$2 limit=$3
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# Room in the first call for the manifest, which grows while parts are cut.
readonly manifest_bytes=32768

rm -rf "$out"/call-[0-9][0-9]
mkdir -p "$out/call-01/kit"
cp "$here/unpack.sh" "$here/collect.sh" "$here/probe.py" "$out/call-01/kit/"
manifest="$out/call-01/kit/manifest"
{
  echo "# member PAYLOAD NAME FORM TARGET OFFSET BYTES"
  echo "# whole PAYLOAD BYTES SHA256"
  echo "# part PAYLOAD NAME BYTES SHA256 CALL"
} > "$manifest"

sum_of() {
  local sum
  sum="$(sha256sum < "$1")"
  printf '%s' "${sum%% *}"
}

# One stream for each payload.
for payload in base main; do
  offset=0
  : > "$work/$payload"
  while read -r of name form target file; do
    [[ $of == "$payload" ]] || continue
    cat "$file" >> "$work/$payload"
    size="$(stat -c %s "$file")"
    echo "member $payload $name $form $target $offset $size" >> "$manifest"
    offset=$((offset + size))
  done < "$members"
  echo "whole $payload $offset $(sum_of "$work/$payload")" >> "$manifest"
done

part() { # PAYLOAD NAME CALL
  local file="$out/$3/$2"
  echo "part $1 $2 $(stat -c %s "$file") $(sum_of "$file") $3" >> "$manifest"
}

mv "$work/base" "$out/call-01/base-00"
part base base-00 call-01
room=$((limit - $(du -bs "$out/call-01" | cut -f 1) - manifest_bytes))
((room >= 0)) || fail "the payload base does not fit into one call of $limit bytes"
head -c "$room" "$work/main" > "$out/call-01/main-00"
part main main-00 call-01
tail -c +$((room + 1)) "$work/main" | split -b "$limit" -d -a 2 --numeric-suffixes=1 - "$work/main-"
calls=1
for file in "$work"/main-[0-9][0-9]; do
  [[ -s $file ]] || continue
  calls=$((calls + 1))
  call="$(printf 'call-%02d' "$calls")"
  mkdir "$out/$call"
  mv "$file" "$out/$call/"
  part main "${file##*/}" "$call"
done
echo "$calls"
