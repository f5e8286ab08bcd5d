# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced by the scripts that start Java. find_java sets java_home to the first suitable JDK of QUENCH_JAVA_HOME, JAVA_HOME, the
# PATH and the usual folders; if it finds none, it sets java_problem to a sentence that says what to do, and returns 1.
#
#   find_java             a Java that can run Quench
#   find_java compiler    a JDK that can build it too

required_java=25

# The feature release of the Java in folder $1, or 0.
java_release() {
  local version=''
  if [[ -r $1/release ]]; then
    version="$(sed -n 's/^JAVA_VERSION="\{0,1\}\([0-9]*\).*/\1/p' "$1/release")"
  fi
  if [[ -z $version ]]; then
    version="$(env -u JAVA_TOOL_OPTIONS "$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)" || true
  fi
  printf '%s' "${version:-0}"
}

# Whether folder $1 holds a Java that will do; $2 is "compiler" where it must compile.
suitable_java() {
  [[ -n $1 && -x $1/bin/java ]] || return 1
  [[ ${2:-} != compiler || -x $1/bin/javac ]] || return 1
  (($(java_release "$1") >= required_java))
}

# The home of the java on the PATH. Follows links by hand: readlink -f is not everywhere.
java_on_path() {
  local link home
  link="$(command -v java)" || return 0
  while [[ -L $link ]]; do
    home="$(cd -P "$(dirname "$link")" && pwd)"
    link="$(readlink "$link")"
    [[ $link == /* ]] || link="$home/$link"
  done
  (cd -P "$(dirname "$link")/.." && pwd)
}

find_java() {
  local home
  if [[ -n ${QUENCH_JAVA_HOME:-} ]]; then
    if suitable_java "$QUENCH_JAVA_HOME" "${1:-}"; then
      java_home="$QUENCH_JAVA_HOME"
      return 0
    fi
    java_problem="QUENCH_JAVA_HOME is $QUENCH_JAVA_HOME; expected a JDK $required_java or newer; point it at one, or unset it."
    return 1
  fi
  for home in "${JAVA_HOME:-}" "$(java_on_path)" /usr/lib/jvm/* /opt/* /opt/java/* /usr/java/* \
    "${HOME:-/nowhere}"/.sdkman/candidates/java/* "${HOME:-/nowhere}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if suitable_java "$home" "${1:-}"; then
      java_home="$home"
      return 0
    fi
  done
  # Read by the script that sources this one.
  # shellcheck disable=SC2034
  java_problem="found no JDK $required_java or newer (looked at QUENCH_JAVA_HOME, JAVA_HOME, PATH, /usr/lib/jvm, /opt, ~/.sdkman); install one, for example Temurin $required_java, or set JAVA_HOME."
  return 1
}
