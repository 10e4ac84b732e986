# SPDX-License-Identifier: Apache-2.0
# What each command needs from the distribution, and how it is installed. Sourced by ./dev.

# Set and package. A command asks for the sets it uses, so showing the demo does not install a linter. The names are
# the same on Debian 12, Debian 13 and Ubuntu 24.04 (universe); one that differs gets a third column ID-VERSION=NAME,
# and `-` where there is none.
package_table='
build  clang-19                  # host and guest compiler
build  lld-19                    # host and guest linker (wasm-ld)
build  llvm-19                   # llvm-ar: archives of Wasm objects
build  llvm-19-dev               # the compiler to native code
build  wasi-libc                 # C library of the guests
build  libclang-rt-19-dev-wasm32 # compiler runtime of the guests
build  libc++-19-dev-wasm32      # C++ library of the guests
build  libc++abi-19-dev-wasm32
build  cmake
build  ninja-build
build  libfmt-dev
build  libcli11-dev
build  nlohmann-json3-dev
build  libgtest-dev
build  libtomlplusplus-dev       # plans of shallop compare
build  libc-ares-dev             # names that guests resolve
build  libnghttp2-dev            # shallop bench: HTTP/2
build  libssl-dev                # SHA-256; shallop bench: TLS
build  zlib1g-dev                # shallop bench: histograms
build  libarchive-dev            # shallop pack: tar archives
bench  python3
bench  nginx-light               # the server of run_loadgen.py
bench  wrk                       # what shallop bench is held against, as is the next
bench  nghttp2-client            # h2load
bench  util-linux                # taskset, chrt
build  wabt                      # wat2wasm: modules of the tests
build  libclang-rt-19-dev        # sanitizers and libFuzzer: the fuzz targets replay their corpus in every preset
demo   python3                   # starts the container engines that there are
demo   strace                    # system calls per request
test   curl
test   binaryen                  # wasm-opt generates modules for the differential test
test   python3                   # runs the kernels of benchmarks/
test   python3-jsonschema        # the JSON of shallop bench and compare against its schemas
test   openssl                   # certificates for the tests of shallop bench
test   nginx-light               # HTTP/2 over TLS by a server that is not ours
test   chromium ubuntu-24.04=-   # the report of shallop compare in a browser; Ubuntu has it as a snap only
peers  debootstrap
peers  debian-archive-keyring
peers  python3-pip               # fetches wasm3
containers docker.io        # ./dev test containers: engines, each started privately
containers podman
containers buildah
containers runc
containers containerd
containers netavark
containers aardvark-dns
containers catatonit
containers uidmap
containers iptables
containers iproute2
containers containernetworking-plugins # pods under containerd
containers busybox-static
containers protobuf-compiler
containers python3-grpcio
containers python3-protobuf
containers python3-yaml
containers kubernetes-client ubuntu-24.04=- # kubectl
format clang-format-19
lint   clang-format-19
lint   clang-tidy-19
lint   git
'

supported_distribution() { # prints ID-VERSION of this machine, fails when it is none we install on
  local ID='' VERSION_ID=''
  [ -r /etc/os-release ] && source /etc/os-release
  case $ID-$VERSION_ID in
    debian-12 | debian-13 | ubuntu-24.04) printf '%s' "$ID-$VERSION_ID" ;;
    *) return 1 ;;
  esac
}

packages_of() { # packages_of DISTRIBUTION SET...: names, one a line
  local distribution=$1 set name other wanted=" ${*:2} "
  while read -r set name other; do
    [[ -n $set && $wanted == *" $set "* ]] || continue
    [[ $other == "$distribution="* ]] && name=${other#*=}
    [ "$name" != - ] || continue
    # Kubernetes' own package has the same program, and neither can be installed beside the other.
    [ "$name" != kubernetes-client ] || ! command -v kubectl >/dev/null || continue
    printf '%s\n' "${name}"
  done <<<"$(sed 's/#.*//' <<<"$package_table")" | sort -u
}

require_packages() { # require_packages SET...: installs what is missing; asks nothing of the network when all is there
  local distribution missing
  if ! distribution=$(supported_distribution); then
    local tool
    for tool in clang++-19 ld.lld-19 cmake ninja; do
      command -v "$tool" >/dev/null || die "$tool is missing, and packages are installed only on Debian 12, Debian 13 \
and Ubuntu 24.04: install it by hand (what is needed: tools/packages.sh)"
    done
    return 0
  fi
  missing=$(comm -23 <(packages_of "$distribution" "$@") \
    <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u))
  [ -z "$missing" ] || install_packages $missing
}

install_packages() { # install_packages NAME...
  local -a as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "these packages are missing, and this is neither root nor a machine with sudo; \
as root: apt-get install --no-install-recommends $*"
    as_root=(sudo)
  fi
  mkdir -p build
  say "installing with ${as_root[*]:+sudo }apt-get: $*"
  local log=$PWD/build/packages.log
  local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -y
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  # Old lists may still name what is to be had, so only the installation's failure is an error.
  "${apt[@]}" update </dev/null >"$log" 2>&1 || say "apt-get update failed, going on with the lists that are here"
  "${apt[@]}" install --no-install-recommends "$@" </dev/null 2>&1 | tee -a "$log" | show_package_progress ||
    die "apt-get could not install them ($(grep -m1 '^E: ' "$log" || echo "no reason given")); is the network there? \
Its whole output: build/packages.log"
}

show_package_progress() { # apt-get's output on stdin, one short line per package on stdout
  local line total='?' fetched=0 ready=0
  while IFS= read -r line; do
    case $line in
      *' newly installed, '*) total=$(sed -E 's/([0-9]+) upgraded, ([0-9]+) newly.*/\1 + \2/' <<<"$line"); total=$((total)) ;;
      'Get:'*) fetched=$((fetched + 1)); progress "fetching [$fetched/$total] $(cut -d' ' -f5 <<<"$line")" ;;
      'Setting up '*) ready=$((ready + 1)); progress "installing [$ready/$total] $(cut -d' ' -f3 <<<"$line")" ;;
    esac
  done
  progress_end
}
