#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks the parts that have come, unpacks whatever is complete, and writes DEST/env.sh as soon as Java is unpacked.
# Called again it goes on where it stopped; two at a time wait for each other, so it can be started in the background
# after each part.
#
#   bash unpack.sh PARTS DEST check            checks, unpacks nothing; fails if a part is broken
#   bash unpack.sh PARTS DEST                  unpacks what is complete
#   bash unpack.sh PARTS DEST base|main|all    the same; fails, and says what to bring, unless that is complete
#
# CUDA_FIND (/) is the folder in which CUDA's libraries are searched for in the end. RESULTS (results beside DEST) is the
# folder of results that env.sh names. Exit codes: 0 done, 1 a part is broken or missing, 2 wrong usage.
set -euo pipefail

say() {
  printf '%4d s  %s\n' "$SECONDS" "$1"
}

fail() {
  printf 'unpack.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

[[ $# -ge 2 ]] || fail "expected PARTS DEST [check|base|main|all]" 2
need=${3:-}
case $need in '' | check | base | main | all) ;; *) fail "expected check, base, main or all, got '$need'" 2 ;; esac
[[ $2 != *[[:space:]]* ]] || fail "DEST must have no blanks, got '$2'" 2
manifest="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/manifest"
[[ -s $manifest ]] || fail "found no manifest $manifest"
mkdir -p "$2"
parts="$(cd "$1" && pwd)"
dest="$(cd "$2" && pwd)"
results="${RESULTS:-$(dirname "$dest")/results}"
state="$dest/.state"
mkdir -p "$state" "$dest/trt" "$results"
if [[ $need != check ]]; then
  if command -v flock > /dev/null; then
    exec 9> "$state/lock"
    flock 9
  fi
  # What was unpacked of another packing counts for nothing.
  if ! cmp -s "$manifest" "$state/manifest"; then
    rm -f "$state"/*.unpacked "$state"/*.whole "$dest/env.sh"
    cp "$manifest" "$state/manifest"
  fi
fi

# ---- which parts have come and are good ----

# Whether the file $1 has the SHA-256 $2. What was checked once is known by size and time, in the file $3.
is_good() {
  local stamp sum
  stamp="$(stat -c '%s %Y' "$1")"
  [[ ! -e $3 || "$(< "$3")" != "$stamp $2" ]] || return 0
  sum="$(sha256sum < "$1")"
  [[ ${sum%% *} == "$2" ]] || return 1
  echo "$stamp $2" > "$3"
  say "good: ${1##*/}"
}

declare -A at=()
names=() payloads=() starts=() ends=() good=()
wanting=() broken=0
while read -r kind payload name size sum call; do
  [[ $kind == part ]] || continue
  file="$parts/$name" ok=no
  if [[ ! -e $file ]]; then
    wanting+=("$payload $name")
    if [[ $need == all || $need == "$payload" ]]; then say "missing: $name, bring $call"; fi
  elif is_good "$file" "$sum" "$state/$name.checked"; then
    ok=yes
  else
    wanting+=("$payload $name")
    broken=$((broken + 1))
    say "broken: $name ($(stat -c %s "$file") of $size bytes), bring $call again"
  fi
  names+=("$name") payloads+=("$payload") good+=("$ok")
  starts+=("${at[$payload]:-0}")
  at[$payload]=$((${at[$payload]:-0} + size))
  ends+=("${at[$payload]}")
done < "$manifest"

if [[ $need == check ]]; then
  say "still to come: ${#wanting[@]} parts"
  exit $((broken > 0))
fi

# ---- unpacking ----

unxz() {
  if command -v xz > /dev/null; then
    xz -dc -T0
  else
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer, 1 << 22)'
  fi
}

# Whether all parts with bytes $2 to $3 of payload $1 are good; for each, calls $4, if given, with its number and the
# range within it.
over_parts() {
  local i from to
  for i in "${!names[@]}"; do
    [[ ${payloads[i]} == "$1" ]] || continue
    from=$(($2 > starts[i] ? $2 : starts[i])) to=$(($3 < ends[i] ? $3 : ends[i]))
    ((from < to)) || continue
    [[ ${good[i]} == yes ]] || return 1
    [[ -z ${4:-} ]] || "$4" "$i" $((from - starts[i])) $((to - from))
  done
}

read_part() {
  dd if="$parts/${names[$1]}" bs=4M iflag=skip_bytes,count_bytes,fullblock status=none skip="$2" count="$3"
}

member() { # PAYLOAD NAME FORM TARGET OFFSET BYTES
  if [[ $3 == tar.xz ]]; then
    mkdir -p "$dest/$4"
    over_parts "$1" "$5" $(($5 + $6)) read_part | unxz | tar -C "$dest/$4" -xf -
  else
    mkdir -p "$(dirname "$dest/$4")"
    over_parts "$1" "$5" $(($5 + $6)) read_part | unxz > "$dest/$4.tmp"
    mv "$dest/$4.tmp" "$dest/$4"
  fi
  touch "$state/$2.unpacked"
  say "unpacked $2"
}

whole() { # PAYLOAD BYTES SHA256
  local sum
  sum="$(over_parts "$1" 0 "$2" read_part | sha256sum)"
  [[ ${sum%% *} == "$3" ]] || fail "each part of $1 is good, but not all of it together: pack again"
  touch "$state/$1.whole"
  say "$1 is whole"
}

# All that is complete, side by side.
jobs=()
while read -r kind payload name a b c d; do
  if [[ $kind == member && ! -e $state/$name.unpacked ]] && over_parts "$payload" "$c" $((c + d)); then
    member "$payload" "$name" "$a" "$b" "$c" "$d" &
    jobs+=($!)
  elif [[ $kind == whole && ! -e $state/$payload.whole ]] && over_parts "$payload" 0 "$name"; then
    whole "$payload" "$name" "$a" &
    jobs+=($!)
  fi
done < "$manifest"
status=0
for job in "${jobs[@]}"; do wait "$job" || status=1; done
((status == 0)) || fail "unpacking failed"

# ---- CUDA's libraries: where the linker looks, in the wheels of python3, and at last anywhere ----

readonly libraries=(libcuda.so.1 libcudart.so.13 libnvrtc.so.13 libcublas.so.13 libcublasLt.so.13 libcudnn.so.9
  libcudnn_graph.so.9 libcudnn_ops.so.9 libcudnn_cnn.so.9 libcudnn_adv.so.9 libnvJitLink.so.13)
# Nothing here links to these; the others need them.
readonly unlinked=" libcudnn.so.9 libnvJitLink.so.13 "

where_linked() {
  local lib folder folders=()
  IFS=: read -r -a folders <<< "${LD_LIBRARY_PATH:-}:/usr/local/nvidia/lib64"
  for lib in "${libraries[@]}"; do
    for folder in "${folders[@]}"; do
      case $folder/ in / | "$dest"/* | */stubs/* | */compat/*) continue ;; esac
      [[ ! -e $folder/$lib ]] || echo "$lib $folder/$lib"
    done
  done
  { ldconfig -p 2> /dev/null || /sbin/ldconfig -p 2> /dev/null || true; } |
    awk '/x86-64/ && $NF !~ "/compat/" {print $1, $NF}'
}

in_wheels() {
  command -v python3 > /dev/null || return 0
  python3 - "${libraries[@]}" << 'P' || true
import glob, os, site, sys
roots = sys.path + site.getsitepackages() + [site.getusersitepackages()]
for root in dict.fromkeys(p for p in roots if p.endswith('-packages')):
    for folder in glob.glob(root + '/nvidia/*/lib') + glob.glob(root + '/nvidia/*/*/lib'):
        for lib in sys.argv[1:]:
            if os.path.exists(os.path.join(folder, lib)):
                print(lib, os.path.join(folder, lib))
P
}

anywhere() { # LIBRARY…
  local lib names=()
  for lib in "$@"; do names+=(-o -name "$lib"); done
  find "${CUDA_FIND:-/}" \( -path /proc -o -path /sys -o -path "$dest" -o -name compat -o -name stubs \) -prune \
    -o \( "${names[@]:1}" \) -print 2> /dev/null || true
}

# Prints a line LIBRARY FILE for each library; FILE is empty where there is none.
find_cuda() {
  local lib file missing=()
  local -A found=()
  while read -r lib file; do
    [[ -n ${found[$lib]:-} ]] || found[$lib]=$file
  done < <(where_linked; in_wheels)
  for lib in "${libraries[@]}"; do
    [[ -n ${found[$lib]:-} || $unlinked == *" $lib "* ]] || missing+=("$lib")
  done
  if ((${#missing[@]} > 0)); then
    while read -r file; do
      lib=${file##*/}
      [[ -n ${found[$lib]:-} ]] || found[$lib]=$file
    done < <(anywhere "${missing[@]}")
  fi
  for lib in "${libraries[@]}"; do echo "$lib ${found[$lib]:-}"; done
}

# Writes env.sh. A stub takes the place of a library that is missing, if there is one.
write_environment() {
  local lib file folder path=$dest/trt system='' stubbed=''
  find_cuda > "$state/cuda"
  rm -rf "$dest/stubs-used"
  while read -r lib file; do
    if [[ -n $file ]]; then
      say "found $file"
      case :$path: in *":${file%/*}:"*) ;; *) path=$path:${file%/*} ;; esac
    elif [[ -e $dest/stubs/$lib ]]; then
      say "MISSING $lib: a stub takes its place, so that the bindings load"
      mkdir -p "$dest/stubs-used"
      cp "$dest/stubs/$lib" "$dest/stubs-used/"
      stubbed=:$dest/stubs-used
    elif [[ $unlinked == *" $lib "* ]]; then
      say "missing $lib, which nothing here links to"
    else
      say "MISSING $lib, and it is needed"
    fi
  done < "$state/cuda"
  # The system's own folders come last: they are searched anyhow, and hold more than CUDA.
  for folder in /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /usr/lib64 /lib64; do
    case :$path: in *":$folder:"*)
      path=:$path:
      path=${path/":$folder:"/:}
      path=${path#:}
      path=${path%:}
      system=$system:$folder
      ;;
    esac
  done
  cat > "$dest/env.tmp" << E
# Written by unpack.sh; to be read by a shell.
export RESULTS=$results JAVA_HOME=$dest/jre JAVA=$dest/jre/bin/java TRT=$dest/trt SUITE=$dest/suite APP=$dest/app
export PATH=\$JAVA_HOME/bin:\$PATH
export LD_LIBRARY_PATH=\${CUDA_COMPAT:+\$CUDA_COMPAT:}$path$system$stubbed\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
export JAVA_TOOL_OPTIONS="-XX:ErrorFile=\$RESULTS/hs_err_%p.log -Djava.library.path=\$TRT --enable-native-access=ALL-UNNAMED"
JAVA_TOOL_OPTIONS="\$JAVA_TOOL_OPTIONS -Dorg.bytedeco.javacpp.maxphysicalbytes=0"
mkdir -p "\$RESULTS"
E
  mv "$dest/env.tmp" "$dest/env.sh"
  say "$(env -u JAVA_TOOL_OPTIONS "$dest/jre/bin/java" -version 2>&1 | head -n 1)"
}

if [[ -e $state/base.unpacked && ! -e $dest/env.sh ]]; then write_environment; fi

left=()
for w in "${wanting[@]}"; do
  if [[ $need == all || $need == "${w% *}" ]]; then left+=("${w#* }"); fi
done
if ((${#left[@]} > 0)); then
  say "$need is not complete: ${left[*]}"
  exit 1
fi
if ((${#wanting[@]} > 0)); then say "still to come: ${#wanting[@]} parts"; else say "all is unpacked"; fi
