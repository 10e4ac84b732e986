#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# create_service.sh IMAGE [REPLICAS [MODE [OPTION...]]]: the service `web` ($NAME) of a module over the nodes of a Docker swarm. `docker
# service` has no option for a runtime, so shallop-oci is the default one of each node (daemon.json beside this): containers of other
# programs pass through it. OPTIONs are those of `docker service create`. No MODE has a routing mesh, which needs IPVS, between a client
# and the service:
#   ports  each task has a port of its own on its node (mode=host; `docker ps` there tells which). A new task is there before an old one
#          is asked to end, and the old one ends when its requests are answered.
#   host   one task on each node, at the node's own port 8080 and without address translation; REPLICAS does not matter. As the port is
#          taken, an old task ends before the new one begins.
#   dnsrr  for other services of an overlay network (--network NAME): the service's name is the addresses of its tasks.
set -euo pipefail
image=${1:?create_service.sh IMAGE [REPLICAS [MODE [OPTION...]]]} replicas=${2:-2} mode=${3:-ports}
case $mode in
  ports) how=(--replicas "$replicas" --update-order start-first --publish mode=host,target=8080) ;;
  host) how=(--mode global --update-order stop-first --network host) ;;
  dnsrr) how=(--replicas "$replicas" --update-order start-first --endpoint-mode dnsrr) ;;
  *) echo "create_service.sh: '$mode' is none of the modes ports, host and dnsrr" >&2; exit 2 ;;
esac
docker service create --quiet --detach --no-resolve-image --name "${NAME:-web}" "${how[@]}" --update-parallelism 1 \
  --stop-grace-period 15s --limit-memory 64M "${@:4}" "$image"
