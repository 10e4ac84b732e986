# SPDX-License-Identifier: Apache-2.0
# ./dev peers: other runtimes to run beside ours, each in build/peers, so that this machine's packages stay as they are;
# programs to start are in build/peers/bin.
# - WasmEdge 0.14.1 of Debian 13, for `shallop compare` and ./dev demo: in a root of its own, run with that root's libraries.
# - wasm3 0.5, for ./dev bench --peers: its sources as the Python package pywasm3 has them, and benchmarks/peers/wasm3.c.
[ $# -eq 0 ] || die "peers takes no argument, not '$*'" 2
[ "$(id -u)" = 0 ] || die "debootstrap makes a root file system, which takes root: sudo ./dev peers"
[ "$(uname -m)" = x86_64 ] || die "peers are set up on x86-64 only, not on $(uname -m)"

peers=$PWD/build/peers
require_packages build peers
mkdir -p "$peers/bin"

install_wasmedge() {
  if [ ! -e "$peers/root/.complete" ]; then
    say "installing WasmEdge from Debian 13 into build/peers (a few minutes)"
    rm -rf "$peers/root"
    # debootstrap does not find out that libspdlog1.15 is what provides a virtual package.
    debootstrap --variant=minbase --include=wasmedge,libspdlog1.15 trixie "$peers/root" >"$peers/debootstrap.log" 2>&1 ||
      die "debootstrap failed: $(grep -E '^[EW]: ' "$peers/debootstrap.log" | tail -n 1); its output: build/peers/debootstrap.log"
    touch "$peers/root/.complete"
  fi
  cat >"$peers/bin/wasmedge" <<END
#!/bin/sh
root='$peers/root'
exec "\$root/lib64/ld-linux-x86-64.so.2" --library-path "\$root/usr/lib/x86_64-linux-gnu" "\$root/usr/bin/wasmedge" "\$@"
END
  chmod +x "$peers/bin/wasmedge"
  say "ready: $("$peers/bin/wasmedge" --version | sed 's/.*version/WasmEdge/;q'); shallop compare finds it"
}

install_wasm3() {
  local name=pywasm3-0.5.0 sha256=5a47c8a39f7f6ae71b3316b2e5d86c9d0db6e771a65f09a86e4d4aa3a19aefcc
  local archive=$peers/$name.tar.gz log=$peers/wasm3.log
  if ! sha256sum --check --status <<<"$sha256  $archive" 2>/dev/null; then
    say "fetching the sources of wasm3 0.5"
    # pip looks at what it fetches by running it: only if it is what it was.
    python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$peers" --requirement \
      <(printf '%s --hash=sha256:%s\n' "${name/-/==}" "$sha256") >"$log" 2>&1 ||
      die "pip could not fetch $name: $(tail -n 1 "$log"); its output: build/peers/wasm3.log"
  fi
  tar -C "$peers" -xf "$archive"
  # As its own build compiles it.
  clang-19 -O3 -fomit-frame-pointer -fno-stack-protector -DNDEBUG -w -I "$peers/$name/wasm3" benchmarks/peers/wasm3.c \
    "$peers/$name"/wasm3/*.c -lm -o "$peers/bin/wasm3" 2>"$log" ||
    die "wasm3 could not be compiled: $(grep -m 1 error "$log"); see build/peers/wasm3.log"
  say "ready: $("$peers/bin/wasm3" --version); ./dev bench --peers finds it"
}

install_wasmedge
install_wasm3
