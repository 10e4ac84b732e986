#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# create_service.sh IMAGE [REPLICAS]: the service `web` of a module over the nodes of a Docker swarm. `docker service` has no option for a
# runtime, so shallop-oci is the default one of each node (daemon.json beside this): containers of other programs pass through it.
#
# Each task has a port of its own on its node (mode=host; `docker ps` there tells which): no routing mesh, which needs IPVS, is between a
# client and the service. `--network host` instead of `--publish` spares the address translation too; tasks then need ports that
# differ. A new task is there before an old one is asked to end, and the old one ends when its requests are answered.
set -euo pipefail
docker service create --quiet --detach --no-resolve-image --name web --replicas "${2:-2}" \
  --publish mode=host,target=8080 --update-order start-first --update-parallelism 1 \
  --stop-grace-period 15s --limit-memory 64M "${1:?create_service.sh IMAGE [REPLICAS]}"
