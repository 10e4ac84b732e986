# SPDX-License-Identifier: Apache-2.0
# ./dev peers: WasmEdge 0.14.1 of Debian 13, for `shallop compare` to run beside us. It lies in a root of its own in the build
# directory, so that this machine's packages stay as they are; build/peers/bin/wasmedge runs it with that root's libraries.
[ $# -eq 0 ] || die "peers takes no argument, not '$*'" 2
[ "$(id -u)" = 0 ] || die "debootstrap makes a root file system, which takes root: sudo ./dev peers"
[ "$(uname -m)" = x86_64 ] || die "peers are set up on x86-64 only, not on $(uname -m)"

peers=$PWD/build/peers
require_packages peers
if [ ! -e "$peers/root/.complete" ]; then
  say "installing WasmEdge from Debian 13 into build/peers (a few minutes)"
  rm -rf "$peers/root"
  mkdir -p "$peers"
  # debootstrap does not find out that libspdlog1.15 is what provides a virtual package.
  debootstrap --variant=minbase --include=wasmedge,libspdlog1.15 trixie "$peers/root" >"$peers/debootstrap.log" 2>&1 ||
    die "debootstrap failed: $(grep -E '^[EW]: ' "$peers/debootstrap.log" | tail -n 1); its output: build/peers/debootstrap.log"
  touch "$peers/root/.complete"
fi

mkdir -p "$peers/bin"
cat >"$peers/bin/wasmedge" <<END
#!/bin/sh
root='$peers/root'
exec "\$root/lib64/ld-linux-x86-64.so.2" --library-path "\$root/usr/lib/x86_64-linux-gnu" "\$root/usr/bin/wasmedge" "\$@"
END
chmod +x "$peers/bin/wasmedge"
say "ready: $("$peers/bin/wasmedge" --version | sed 's/.*version/WasmEdge/;q'); shallop compare finds it"
