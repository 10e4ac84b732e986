# SPDX-License-Identifier: Apache-2.0
"""container_engines.py COMMAND...: runs COMMAND where container engines answer, and ends with its status.

An engine that answers is used as it is. Of the others, those that are installed are started privately (tests/containers) and
stopped afterwards, which takes root. COMMAND finds them by the variables that docker, podman and ctr know."""

import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, "tests/containers")

import containerd_test  # noqa: E402
import docker_test  # noqa: E402
import engine  # noqa: E402
import podman_test  # noqa: E402

# Name, client, what a private one needs, how it is started, what tells the client of it.
KINDS = [
    ("docker", ["docker", "version"], ["dockerd", "containerd", "runc", "iptables", "ip"], docker_test.Docker,
     ["DOCKER_HOST", "DOCKER_CONFIG"]),
    ("podman", ["podman", "version"], ["podman", "runc", "netavark", "iptables", "ip"], podman_test.Podman,
     ["CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"]),
    ("containerd", ["ctr", "version"], ["containerd", "ctr", "runc"], containerd_test.Containerd, ["CONTAINERD_ADDRESS"]),
]  # fmt: skip


def say(sentence):
    print(f"== {sentence}", flush=True)


def answers(name, client):
    """Podman has no daemon: root's own is started privately all the same, so that its images stay as they are."""
    if shutil.which(client[0]) is None or (name == "podman" and os.geteuid() == 0):
        return False
    return subprocess.run(client, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def start_engines(environment, started):
    left_out = []
    for name, client, programs, start, variables in KINDS:
        if answers(name, client):
            continue
        missing = [each for each in programs if not engine.find_program(each)]
        if missing:
            left_out.append(f"{name} (there is no {missing[0]})")
        elif os.geteuid() != 0:
            left_out.append(f"{name} (started as root only)")
        else:
            try:
                made = start()
            except (AssertionError, OSError) as error:
                left_out.append(f"{name} ({str(error).splitlines()[0]})")
                continue
            started.append(made)
            environment |= {each: made.environment[each] for each in variables}
    if left_out:
        say(f"container engines left out: {', '.join(left_out)}; './dev test containers' installs them, as root")


def interrupted(*_):
    """The command has the same signal, and ends by it; then the engines are stopped here."""


def main():
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, interrupted)
    environment, started = dict(os.environ), []
    try:
        start_engines(environment, started)
        if started:
            # The programs that belong to the engines, before what else has their names.
            environment["PATH"] = f"{engine.PATH}:{environment['PATH']}"
        command = subprocess.Popen(sys.argv[1:], env=environment)
        return command.wait()
    finally:
        for made in reversed(started):
            made.stop()


if __name__ == "__main__":
    sys.exit(main())
