# SPDX-License-Identifier: Apache-2.0
# ./dev bench [OPTIONS] [KERNEL...]: the release build measured; raw results as JSON in build/bench. With arguments only the
# kernels are run, and they are for benchmarks/run_kernels.py.

# ./dev bench containers [PIECE...]: what a container costs, under engines that are started privately; for root, some four minutes.
if [ "${1:-}" = containers ]; then
  shift
  require_packages build test demo containers
  configure release
  build release all
  exec /usr/bin/python3 benchmarks/run_containers.py "$@"
fi

require_packages build bench
configure release
build release shallop examples/all benchmarks/all
export PYTHONDONTWRITEBYTECODE=1
mkdir -p build/bench

say "kernels: native code and interpreter against native"
python3 benchmarks/run_kernels.py "$@" || die "the kernels did not all run"
[ $# -eq 0 ] || exit 0
say "cold start"
python3 benchmarks/run_cold_start.py || die "the cold start could not be measured"
say "getting modules ready"
build/release/benchmarks/lowering build/release/examples/*.wasm build/release/benchmarks/kernels/*.wasm |
  tee build/bench/lowering.txt || die "lowering could not be measured"
say "instances"
build/release/benchmarks/instances build/release/examples/*.wasm build/release/benchmarks/kernels/*.wasm |
  tee build/bench/instances.txt || die "the memory of an instance could not be measured"
say "load generator: shallop bench against wrk and h2load"
if [ "$(nproc)" -ge 2 ]; then
  python3 benchmarks/run_loadgen.py || die "the load generator could not be measured"
else
  say "left out: it takes two cores, one for the server and one for the generator"
fi
