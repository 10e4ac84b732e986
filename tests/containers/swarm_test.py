# SPDX-License-Identifier: Apache-2.0
"""A service of modules over several nodes: two Docker engines as the nodes of a swarm, with shallop-oci as their default runtime. Both
are on this machine, so each has a bridge of its own, and tasks are reached by ports of the host (`mode=host`): the kernel may lack what
a swarm's own routing needs."""

import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

import checks
import docker_test
import engine

BRIDGE = "shswarm0"


class Node(docker_test.Docker):
    def __init__(self, name, **configured):
        super().__init__(name, **{"default-runtime": "shallop", **configured})

    def ports(self):
        """Of the service's tasks that run here, on this machine."""
        ports = []
        for container in self.cli("ps", "-q", "--filter", "label=com.docker.swarm.service.name=web").stdout.split():
            bound = json.loads(self.cli("inspect", "-f", "{{json .NetworkSettings.Ports}}", container, check=False).stdout or "{}")
            ports += [int(each["HostPort"]) for each in (bound or {}).get("8080/tcp") or []]
        return ports

    def die(self):
        """As a machine does: the engine and all that it has started, without a word."""
        containers = self.cli("ps", "-q", "--no-trunc").stdout.split()
        self.processes[-1].kill()
        self.processes[-1].wait()
        for shim in self.find_processes():
            for child in pathlib.Path(f"/proc/{shim}/task/{shim}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
            os.kill(shim, signal.SIGKILL)
        for container in containers:
            for group in pathlib.Path("/sys/fs/cgroup").glob(f"*/docker/{container}"):
                engine.wait_until(lambda: removed(group), 10, f"the end of {group}")


def removed(directory):
    try:
        directory.rmdir()
    except OSError:
        return not directory.exists()
    return True


def setUpModule():
    engine.require("dockerd", "containerd", "runc", "iptables", "ip")
    network = engine.MachineNetwork()
    subprocess.run(["ip", "link", "add", BRIDGE, "type", "bridge"], check=True)
    subprocess.run(["ip", "addr", "add", "10.189.0.1/24", "dev", BRIDGE], check=True)
    subprocess.run(["ip", "link", "set", BRIDGE, "up"], check=True)
    Swarm.network = network
    Swarm.nodes = []
    try:
        Swarm.nodes.append(Node("s1"))
        Swarm.nodes.append(Node("s2", bridge=BRIDGE))
        for node in Swarm.nodes:
            checks.build_images(node)
        manager, worker = Swarm.nodes
        manager.cli("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377", "--dispatcher-heartbeat", "2s")
        token = manager.cli("swarm", "join-token", "-q", "worker").stdout.strip()
        worker.cli(
            "swarm", "join", "--token", token, "--advertise-addr", "127.0.0.2", "--listen-addr", "127.0.0.2:2377",
            "--data-path-addr", "127.0.0.2", "127.0.0.1:2377",
        )  # fmt: skip
        manager.run(engine.DEPLOY / "swarm/create_service.sh", "service", "4")
    except BaseException:
        tearDownModule()
        raise


def tearDownModule():
    for node in reversed(Swarm.nodes):
        node.cli("swarm", "leave", "--force", check=False)
    for node in reversed(Swarm.nodes):
        node.stop()
    subprocess.run(["ip", "link", "del", BRIDGE], check=False, capture_output=True)
    subprocess.run(["ip", "link", "del", "docker_gwbridge"], check=False, capture_output=True)
    Swarm.network.restore()


class Load(threading.Thread):
    """Asks the tasks in turn until it is stopped. A refused connection is tried again elsewhere, as a load balancer does; a request
    that was taken and not answered is lost."""

    def __init__(self, ports):
        super().__init__()
        self.find_ports, self.ending, self.answered, self.lost = ports, False, 0, []

    def run(self):
        ports = self.find_ports()
        while not self.ending:
            for port in ports:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
                        response.read()
                    self.answered += 1
                except urllib.error.URLError as error:
                    if not isinstance(error.reason, ConnectionRefusedError):
                        self.lost.append(str(error))
                except OSError as error:
                    self.lost.append(str(error))
            ports = self.find_ports() or ports


class Swarm(unittest.TestCase):
    nodes = []

    def ports(self):
        return [port for node in self.nodes for port in node.ports()]

    def wait_for(self, tasks, nodes=(0, 1)):
        """Until so many tasks answer."""
        ports = lambda: [port for node in nodes for port in self.nodes[node].ports()]
        engine.wait_until(lambda: len(ports()) == tasks, 90, f"{tasks} tasks")
        for port in ports():
            self.assertIn("Hello", engine.fetch(port, seconds=30))

    def manage(self, *words):
        return self.nodes[0].cli("service", *words)

    def test_1_tasks_on_both_nodes_answer(self):
        self.wait_for(4)
        self.assertEqual([len(node.ports()) for node in self.nodes], [2, 2])

    def test_2_scale(self):
        self.manage("scale", "--detach", "web=6")
        self.wait_for(6)
        self.manage("scale", "--detach", "web=4")
        self.wait_for(4)

    def test_3_a_killed_task_is_back(self):
        container = self.nodes[1].cli("ps", "-q", "--filter", "label=com.docker.swarm.service.name=web").stdout.split()[0]
        self.nodes[1].cli("kill", container)
        self.wait_for(4)

    def test_4_a_rolling_update_loses_no_request(self):
        load = Load(self.ports)
        load.start()
        try:
            self.manage("update", "--detach", "--update-monitor", "1s", "--env-add", f"VERSION={time.time()}", "web")
            state = lambda: self.nodes[0].cli("service", "inspect", "-f", "{{.UpdateStatus.State}}", "web").stdout.strip()
            engine.wait_until(lambda: state() == "completed", 120, "the update")
        finally:
            load.ending = True
            load.join()
        self.assertEqual(load.lost, [])
        self.assertGreater(load.answered, 20)

    def create(self, name, *words):
        manager = self.nodes[0]
        here = manager.cli("info", "-f", "{{.Swarm.NodeID}}").stdout.strip()
        script = engine.DEPLOY / "swarm/create_service.sh"
        manager.run(script, "service", *words, "--constraint", f"node.id=={here}", variables={"NAME": name})

    def test_5_names_lead_to_tasks(self):
        """On one node, as two in one network namespace cannot both have the overlay's."""
        manager = self.nodes[0]
        manager.cli("network", "create", "-d", "overlay", "--attachable", "named")
        try:
            self.create("peer", "2", "dnsrr", "--network", "named")
            asked = lambda: manager.cli("run", "--rm", "--network", "named", "probe", "resolve", "peer", check=False)
            found = engine.wait_until(lambda: asked().stdout.strip(), 60, "an address of the service")
            tasks = manager.cli("ps", "-q", "--filter", "label=com.docker.swarm.service.name=peer").stdout.split()
            addresses = [manager.cli("inspect", "-f", "{{.NetworkSettings.Networks.named.IPAddress}}", each).stdout.strip() for each in tasks]
            self.assertIn(found, addresses)
        finally:
            self.manage("rm", "peer")
            engine.wait_until(lambda: manager.cli("network", "rm", "named", check=False).returncode == 0, 60, "the end of the network")

    def test_5_the_nodes_own_network(self):
        try:
            self.create("direct", "1", "host")
            self.assertIn("Hello", engine.fetch(8080, seconds=60))
        finally:
            self.manage("rm", "direct")

    def test_5_a_drained_node(self):
        worker = self.nodes[1].cli("info", "-f", "{{.Swarm.NodeID}}").stdout.strip()
        self.nodes[0].cli("node", "update", "--availability", "drain", worker)
        self.wait_for(4, nodes=(0,))
        self.assertEqual(self.nodes[1].ports(), [])
        self.nodes[0].cli("node", "update", "--availability", "active", worker)

    def test_6_a_killed_node(self):
        self.nodes[0].cli("service", "update", "--force", "--detach", "web")
        engine.wait_until(lambda: self.nodes[1].ports(), 60, "a task on the second node")
        self.nodes[1].die()
        state = lambda: self.nodes[0].cli("node", "ls", "--format", "{{.Status}}").stdout.split()
        engine.wait_until(lambda: "Down" in state(), 60, "the manager to notice")
        self.wait_for(4, nodes=(0,))


if __name__ == "__main__":
    engine.main()
