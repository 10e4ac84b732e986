# SPDX-License-Identifier: Apache-2.0
# ./dev fuzz [SECONDS] [TARGET...]: runs libFuzzer targets under the sanitizers. Stops at the first finding and keeps it
# in tests/fuzz/found/TARGET, from where every later ./dev test replays it.
seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
  seconds=$1
  shift
fi

require_packages build
configure fuzz
known=$(sed -n 's/^ *shallop_add_fuzz_target(\([a-z0-9_]*\).*/\1/p' tests/fuzz/CMakeLists.txt 2>/dev/null)
[ -n "$known" ] || die "there is no fuzz target: tests/fuzz/CMakeLists.txt names none"
for target in "$@"; do
  grep -qxF -- "$target" <<<"$known" || die "there is no fuzz target '$target'; targets: $(paste -sd' ' <<<"$known")" 2
done
targets=${*:-$known}
build fuzz $targets

# These start from the modules of the official suites, too.
read_modules='fuzz_decode fuzz_validate fuzz_run'
module_seeds=build/fuzz/module-seeds
suites=${SHALLOP_SUITES:-../shared/suites}
if [ ! -d "$module_seeds" ]; then
  mkdir -p "$module_seeds"
  if [ -d "$suites/spec" ]; then
    find "$suites/spec" -name '*.wasm' -size -33k -exec cp --backup=numbered -t "$module_seeds" {} +
  else
    rmdir "$module_seeds"
    say "the official suites are not at $suites (SHALLOP_SUITES): modules are made from nothing"
  fi
fi

for target in $targets; do
  work=build/fuzz/corpus/$target kept=tests/fuzz/found/$target
  mkdir -p "$work" "$kept"
  seeds=("$kept")
  if [ -d "tests/fuzz/corpus/$target" ]; then seeds+=("tests/fuzz/corpus/$target"); fi
  if [[ " $read_modules " == *" $target "* && -d $module_seeds ]]; then seeds+=("$module_seeds"); fi
  say "$target: $seconds s"
  status=0
  ASAN_OPTIONS=allow_user_segv_handler=1 UBSAN_OPTIONS=print_stacktrace=1 \
    "build/fuzz/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
    -print_final_stats=1 -artifact_prefix="$kept/" "$work" "${seeds[@]}" || status=$?
  rmdir --ignore-fail-on-non-empty "$kept" tests/fuzz/found
  [ "$status" = 0 ] || die "$target has a finding: mend it, and commit the input kept in $kept with the mend"
done
say "no finding in $seconds s of each: $(paste -sd' ' <<<"$targets")"
