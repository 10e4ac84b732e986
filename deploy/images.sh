#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# images.sh [docker|podman|buildah]: builds the images of deploy/compose.yaml with that engine, after `./dev build`:
# shallop/http_service:native, :wasm, :compiled and :module. ENGINE may hold options: images.sh "podman --root DIR".
# SHALLOP_BUILD names another build than build/release, SHALLOP_CPU another processor to compile for than the baseline.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
build=${SHALLOP_BUILD:-build/release}
read -r -a engine <<<"${1:-docker}"

context=$build/images
for file in bin/shallop bin/shallop-run examples/http_service_static examples/http_service.wasm; do
  [ -e "$build/$file" ] || { echo "images.sh: $build/$file is missing: run ./dev build first" >&2; exit 1; }
done
rm -rf "$context"
mkdir -p "$context"
strip -o "$context/shallop-run" "$build/bin/shallop-run"
strip -o "$context/http_service" "$build/examples/http_service_static"
cp "$build/examples/http_service.wasm" "$context"
"$build/bin/shallop" compile --cpu "${SHALLOP_CPU:-baseline}" -o "$context/http_service.native.wasm" \
  "$build/examples/http_service.wasm"
chmod 755 "$context/shallop-run" "$context/http_service"
chmod 644 "$context"/*.wasm

arguments=(build)
case ${engine[0]##*/} in # health checks are docker's; podman and buildah keep them in docker's format alone
  podman) arguments=(build --format docker) ;;
  buildah) arguments=(bud --format docker) ;;
esac
for image in native wasm compiled module; do
  "${engine[@]}" "${arguments[@]}" --quiet -t "shallop/http_service:$image" -f "deploy/$image.Dockerfile" "$context"
done
