# SPDX-License-Identifier: Apache-2.0
# ./dev bench [ARGUMENTS]: every micro-benchmark of benchmarks/, in release; results also as JSON in build/bench.
require_packages build
configure release
build release shallop benchmarks/all
programs=$(find build/release/benchmarks -maxdepth 1 -type f -executable 2>/dev/null | sort)
[ -n "$programs" ] || die "there is no benchmark: benchmarks/ holds none yet"
mkdir -p build/bench
for program in $programs; do
  name=$(basename "$program")
  say "$name"
  "$program" --benchmark_out="build/bench/$name.json" --benchmark_out_format=json "$@" ||
    die "the benchmark $name failed"
done
say "raw results: $PWD/build/bench"
