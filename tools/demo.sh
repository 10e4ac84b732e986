# SPDX-License-Identifier: Apache-2.0
# ./dev demo [--out DIR] [--full]: the example service in all its variants, checked, loaded and compared on this machine by
# `shallop compare` with its built-in plan, bare and in each container engine that there is.
out=build/demo
length=
while [ $# -gt 0 ]; do
  case $1 in
    --out)
      [ -n "${2:-}" ] || die "--out takes a directory" 2
      out=$2
      shift 2
      ;;
    --full)
      length=--full
      shift
      ;;
    *) die "demo takes no argument but --out DIR and --full, not '$1'" 2 ;;
  esac
done

require_packages build demo
configure release
build release shallop shallop-oci http_service examples_wasm

say "comparing; a few minutes"
PYTHONDONTWRITEBYTECODE=1 exec python3 tools/container_engines.py build/release/bin/shallop compare $length --out "$out"
