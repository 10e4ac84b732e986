#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# unpack_engines.sh CODENAME: Docker and containerd of another release of Debian, such as trixie or forky, unpacked in
# build/engines/CODENAME. Nothing is installed: the programs need an old C library only, and this machine's runc serves them.
#   tests/containers/unpack_engines.sh trixie && SHALLOP_ENGINES=$PWD/build/engines/trixie ./dev test containers
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
release=${1:?a release of Debian is missing, as trixie}
folder=$PWD/build/engines/$release
packages='docker.io docker-cli docker-buildx docker-compose containerd'

# Where this machine gets Debian from, too.
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' | head -n 1)
[ -n "$mirror" ] || { echo "unpack_engines.sh: apt has no source of Debian's packages here" >&2; exit 1; }
[[ $release =~ ^[a-z]+$ ]] || { echo "unpack_engines.sh: '$release' is no code name of a Debian release" >&2; exit 2; }
rm -rf "$folder"
mkdir -p "$folder"/apt/{lists,cache/archives}/partial
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$folder/apt/sources.list"
apt=(apt-get -q -o "Dir::Etc::sourcelist=$folder/apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$folder/apt/lists"
  -o "Dir::Cache=$folder/apt/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root)
"${apt[@]}" update
(cd "$folder/apt" && "${apt[@]}" download $packages)
for package in "$folder"/apt/*.deb; do dpkg-deb -x "$package" "$folder"; done
rm -r "$folder/apt"
"$folder/usr/sbin/dockerd" --version
"$folder/usr/bin/containerd" --version
