#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# runc_suite.sh SOURCE [PROGRAM]: runc's own integration tests (SOURCE is its unpacked source, as `apt-get source runc` gets it) with
# runc and with PROGRAM, which is build/release/bin/shallop-oci unless given. Fails when a test does not end the same way with both.
# Takes some four minutes; for root. Packages: bats gawk jq busybox-static xz-utils golang-go golang-github-opencontainers-runc-dev
# golang-github-containerd-console-dev golang-github-urfave-cli-dev.
set -euo pipefail

source=$(realpath "${1:?runc_suite.sh SOURCE [PROGRAM]}")
program=$(realpath "${2:-build/release/bin/shallop-oci}")
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# What needs the network, another kernel's features or another machine's services.
left_out='checkpoint mounts_sshfs cgroup_delegation seccomp-notify seccomp-notify-compat'

make_images() { # the suite would fetch them; any busybox will do
  local root link name
  root=$(mktemp -d)
  chmod 755 "$root"
  mkdir -p "$root"/{bin,dev,etc,home,proc,root,sys,tmp,usr/bin,usr/sbin,sbin,var/spool/mail}
  cp /bin/busybox "$root/bin/busybox"
  for link in $(/bin/busybox --list); do
    [ "$link" = busybox ] || ln -sf /bin/busybox "$root/bin/$link"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
  for name in busybox debian; do
    tar -C "$root" -cJf "$source/tests/integration/testdata/$name-amd64.tar.xz" .
  done
  rm -rf "$root"
}

build_recvtty() {
  (cd "$source/contrib/cmd/recvtty" &&
    GO111MODULE=off GOFLAGS='' GOPATH=/usr/share/gocode GOCACHE="$results/go" go build -o recvtty .)
}

run_with() { # run_with RUNTIME NAME: "ok NAME", "not ok NAME" or "skip NAME", one a line
  local files=() file
  for file in "$source"/tests/integration/*.bats; do
    [[ " $left_out " == *" $(basename "$file" .bats) "* ]] || files+=("$file")
  done
  # Needs a terminal.
  RUNC=$1 script -qec "bats --tap ${files[*]}" /dev/null </dev/null >"$results/$2.tap" 2>&1 || true
  tr -d '\r' <"$results/$2.tap" |
    sed -nE 's/^(ok|not ok) [0-9]+ (.*) # skip.*/skip \2/p; t; s/^(ok|not ok) [0-9]+ (.*)/\1 \2/p' >"$results/$2"
  printf '%s: %s tests, %s passed, %s failed, %s skipped\n' "$2" "$(wc -l <"$results/$2")" \
    "$(grep -c '^ok' "$results/$2")" "$(grep -c '^not ok' "$results/$2")" "$(grep -c '^skip' "$results/$2")"
}

[ -e "$source/tests/integration/testdata/busybox-amd64.tar.xz" ] || make_images
[ -x "$source/contrib/cmd/recvtty/recvtty" ] || build_recvtty
run_with "$(command -v runc)" runc
run_with "$program" shallop-oci
grep '^not ok' "$results/runc" | sed 's/^/with runc: /' || true
if ! diff <(sort "$results/runc") <(sort "$results/shallop-oci"); then
  cp "$results"/*.tap .
  echo "the two differ: runc.tap and shallop-oci.tap have what the tests said" >&2
  exit 1
fi
echo "the same tests pass with both"
