#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Keeps all results as one archive OUT/results.tgz, replaced as a whole, so that a command that is stopped leaves what it
# found.
#
#   setsid bash collect.sh RESULTS OUT > /dev/null 2>&1 < /dev/null &   every 10 s, for half an hour at most; a later
#                                                                       collector of the same results takes over
#   bash collect.sh RESULTS OUT once                                    once
#
# COLLECT_MIB (15) is the most the archive may have. Beyond it, files of more than 1 MiB bring their first and
# last 256 KiB alone, as FILE.head and FILE.tail.
set -euo pipefail

[[ $# -ge 2 && -n $2 ]] || {
  echo "collect.sh: expected RESULTS OUT [once]" >&2
  exit 2
}
results=$1 out=$2 once=${3:-}
limit=$((${COLLECT_MIB:-15} * 1048576))
readonly end_bytes=262144
readonly interval_seconds=10
readonly longest_seconds=1800
# Engines are of use only where they were built, and the suite's own archive holds the same once more.
readonly left_out=(--exclude='*.engine' --exclude='*.plan' --exclude='*.lck' --exclude='*results.tgz*')
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$results"

archive() {
  # A file that grows while it is read makes tar end with 1; the archive is good.
  tar -C "$1" "${left_out[@]}" -czf "$work/results.tgz" . 2> /dev/null || [[ $? -eq 1 ]]
}

collect() {
  archive "$results" || return 0
  if (($(stat -c %s "$work/results.tgz") > limit)); then
    rm -rf "$work/cut"
    mkdir "$work/cut"
    {
      find "$results" -type f -size -1025k -printf '%P\0' |
        tar -C "$results" --null -T - "${left_out[@]}" -cf - 2> /dev/null || true
    } | tar -C "$work/cut" -xf -
    while IFS= read -r -d '' file; do
      mkdir -p "$(dirname "$work/cut/$file")"
      head -c "$end_bytes" "$results/$file" > "$work/cut/$file.head" || true
      tail -c "$end_bytes" "$results/$file" > "$work/cut/$file.tail" || true
    done < <(find "$results" -type f -size +1024k ! -name '*.engine' ! -name '*.plan' ! -name '*results.tgz*' -printf '%P\0')
    archive "$work/cut" || return 0
  fi
  mkdir -p "$out"
  cp "$work/results.tgz" "$out/results.$$"
  mv "$out/results.$$" "$out/results.tgz"
}

if [[ -n $once ]]; then
  collect
  exit 0
fi
turn="$results/.collector"
echo $$ > "$turn"
end=$((SECONDS + longest_seconds))
while ((SECONDS < end)) && [[ "$(cat "$turn" 2> /dev/null)" == "$$" ]]; do
  collect || true
  sleep "$interval_seconds"
done
