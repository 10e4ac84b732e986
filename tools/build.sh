# SPDX-License-Identifier: Apache-2.0
# Configuring and building a preset, and how progress is shown. Sourced by ./dev.

progress() { # one line that the next replaces on a terminal; a line of its own elsewhere
  if [ -t 1 ]; then printf '\r\033[K   %s' "$*"; else printf '   %s\n' "$*"; fi
}
progress_end() { if [ -t 1 ]; then printf '\r\033[K'; fi; }

presets() { # the presets a person may name, from CMakePresets.json's build presets
  sed -n 's/.*"name": "\([^"]*\)", "configurePreset".*/\1/p' CMakePresets.json | sort -u | tr '\n' ' '
}
is_preset() { [[ " $(presets)" == *" $1 "* ]]; }

configure() { # configure PRESET
  mkdir -p "build/$1"
  local log=build/$1/configure.log
  cmake --preset "$1" >"$log" 2>&1 || {
    cat "$log" >&2
    die "cmake could not configure the preset $1 (its output is above and in $log)"
  }
}

build() { # build PRESET [TARGET...]
  local preset=$1
  shift
  say "building $preset${1:+: $*}"
  NINJA_STATUS='[%f/%t, %es] ' cmake --build "build/$preset" ${1:+--target "$@"} ||
    die "the preset $preset does not build; the compiler's messages are above"
}
