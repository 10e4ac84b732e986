# SPDX-License-Identifier: Apache-2.0
# ./dev test [SUITE...]: every suite in release, then under the sanitizers those that handle bytes from outside.

# Suites whose subject reads untrusted bytes: modules, guest memory, requests. The others run in release alone.
sanitized_suites='unit spec wasi sockets examples cli fuzz'
passed=0 failed=0 skipped=0
presets=()  # those whose results there are

results_total() { # results_total ATTRIBUTE FILE: a count from the head of ctest's JUnit file
  sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\".*/\1/p;/<testcase/q" "$2" | head -n 1
}

show_test_progress() { # ctest's output on stdin: failures in full, of the passed cases every hundredth
  local line seen=0
  while IFS= read -r line; do
    if [[ $line =~ ^\ *Start\ +[0-9]+: ]]; then
      continue
    elif [[ $line =~ ^\ *([0-9]+/[0-9]+)\ Test.*(Passed|\*\*\*Skipped) ]]; then
      seen=$((seen + 1))
      if [ -t 1 ] || [ $((seen % 100)) = 0 ]; then progress "[${BASH_REMATCH[1]}] $(cut -d' ' -f4-6 <<<"$line")"; fi
    elif [[ -n $line && $line != 'Errors while running CTest' ]]; then
      progress_end
      printf '%s\n' "$line"
    fi
  done
  progress_end
}

run_suites() { # run_suites PRESET LABEL_PATTERN: runs them and adds to the totals
  local preset=$1 results=$PWD/build/$1/test-results.xml status=0
  say "testing $preset"
  rm -f "$results"
  # ctest keeps each program's list of cases; that list also depends on whether SHALLOP_SUITES is there.
  find "build/$preset" -name '*_tests.cmake' -delete
  # What passed cases print is kept whole: the official suites' totals are summed from it.
  ctest --preset "$preset" -j "$(nproc)" -L "$2" --test-output-size-passed 65536 --output-junit "$results" 2>&1 |
    show_test_progress || status=$?
  if [ ! -s "$results" ]; then
    printf 'dev: ctest of the preset %s ended with status %s and no results\n' "$preset" "$status" >&2
    failed=$((failed + 1))
    return
  fi
  presets+=("$preset")
  local all fails skips
  all=$(results_total tests "$results") fails=$(results_total failures "$results")
  skips=$(($(results_total skipped "$results") + $(results_total disabled "$results")))
  passed=$((passed + all - fails - skips)) failed=$((failed + fails)) skipped=$((skipped + skips))
  # What a script that skips itself says of it.
  grep -ho '!! SKIPPED: [^<]*' "$results" | sort -u || true
  # A case that could not be started is none of the three in the file, yet ctest fails.
  if [ "$status" != 0 ] && [ "$fails" = 0 ]; then failed=$((failed + 1)); fi
}

suites_of() { ctest --preset "$1" --print-labels | sed -n 's/^  //p'; }

export SHALLOP_SUITES=${SHALLOP_SUITES:-$PWD/../shared/suites}
warn_without_official_suites() {
  [ -d "$SHALLOP_SUITES" ] || printf '%s\n' \
    "!! The official WebAssembly suites are not at $SHALLOP_SUITES: their tests are SKIPPED." \
    "!! Point SHALLOP_SUITES at a folder that has them (docs/testing.md)."
}

# ./dev test wasi-testsuite DIR [NAME...]: the official preview1 programs, which others keep.
if [ "${1:-}" = wasi-testsuite ]; then
  [ $# -ge 2 ] || die "test wasi-testsuite takes the folder of a checkout of WebAssembly's wasi-testsuite" 2
  case $2 in
    /*) checkout=$2 ;;
    *) checkout=$OLDPWD/$2 ;;  # as the user wrote it, where the user stood
  esac
  require_packages build test
  configure release
  build release shallop
  exec python3 tools/wasi_testsuite.py "$checkout" "${@:3}"
fi

# The engines are large, and only this suite needs them: where they are not there, it is skipped unless it was named.
case " $* " in
  *' containers '*) require_packages build test containers ;;
  *) require_packages build test ;;
esac
warn_without_official_suites
configure release
build release all benchmarks/all
configure asan-ubsan
build asan-ubsan

known=$(suites_of release)
for suite in "$@"; do
  grep -qxF -- "$suite" <<<"$known" || die "there is no suite '$suite'; suites: $(paste -sd' ' <<<"$known")" 2
done
wanted=${*:-$known}
run_suites release "^($(tr -s ' \n' '|' <<<"$wanted" | sed 's/|$//'))\$"
under_sanitizers=$(comm -12 <(tr -s ' ' '\n' <<<"$wanted" | sort -u) <(tr ' ' '\n' <<<"$sanitized_suites" | sort -u))
if [ -n "$under_sanitizers" ]; then
  run_suites asan-ubsan "^($(paste -sd'|' <<<"$under_sanitizers"))\$"
fi

warn_without_official_suites
for preset in "${presets[@]}"; do
  awk -v preset="$preset" -f tools/official_suite_totals.awk "build/$preset/test-results.xml"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
