# SPDX-License-Identifier: Apache-2.0
"""The runtime under Docker: a dockerd of our own, with shallop-oci under both of its names."""

import json
import shutil
import unittest

import checks
import deployed_images
import engine
import packed_images

NAMES = ("shallop", "io.containerd.wasmedge.v1")


class Docker(engine.Engine):
    def __init__(self, name="dk", **configured):
        super().__init__(name)
        socket = f"unix://{self.folder}/docker.sock"
        configuration = {
            "data-root": f"{self.folder}/data",
            "exec-root": f"{self.folder}/exec",
            "pidfile": f"{self.folder}/dockerd.pid",
            "hosts": [socket],
            "runtimes": {name: {"path": str(engine.BINARIES / "shallop-oci")} for name in NAMES},
            # Else 127.0.0.1 is served by a process that copies every byte.
            "userland-proxy": False,
            **configured,
        }
        (self.folder / "daemon.json").write_text(json.dumps(configuration))
        (self.folder / "client").mkdir()
        plugins = f"{engine.UNPACKED}/usr/libexec/docker/cli-plugins"
        (self.folder / "client/config.json").write_text(json.dumps({"cliPluginsExtraDirs": [plugins]}))
        self.environment |= {"DOCKER_HOST": socket, "DOCKER_CONFIG": f"{self.folder}/client", "DOCKER_BUILDKIT": "0"}
        # Newer ones look for a runtime that daemon.json does not name.
        self.install_shims()
        self.start("dockerd", "--config-file", f"{self.folder}/daemon.json")
        engine.wait_until(lambda: self.cli("version", check=False).returncode == 0, 30, "dockerd")

    runtime = ("--runtime", "shallop")

    def cli(self, *words, **options):
        return self.run("docker", *words, **options)

    def build_folder(self, tag, folder):
        self.cli("build", "-q", "-t", tag, folder)

    def build(self, tag, instructions):
        self.build_folder(tag, self.image_folder(instructions))

    def stop(self):
        containers = self.cli("ps", "-aq", check=False).stdout.split()
        if containers:
            self.cli("rm", "-f", *containers, check=False)
        super().stop()


def setUpModule():
    engine.require("dockerd", "containerd", "runc", "iptables", "ip")
    if not packed_images.has_another_processor():
        engine.tell_skipped(packed_images.no_other_processor)
    Containers.engine = PackedImages.engine = DeployedImages.engine = Docker()
    try:
        checks.build_images(Containers.engine)
    except BaseException:
        Containers.engine.stop()
        raise


def tearDownModule():
    Containers.engine.stop()


class Containers(checks.Containers, unittest.TestCase):
    def test_both_names_of_the_runtime(self):
        for name in NAMES:
            result = self.engine.cli("run", "--rm", "--network", "none", "--runtime", name, "probe", "exit", "42", check=False)
            self.assertEqual(result.returncode, 42, name)

    def test_nothing_is_left_in_the_layer(self):
        container, _ = self.service()
        self.assertEqual(self.engine.cli("diff", container).stdout, "")

    def test_names_of_other_containers(self):
        """By the engine's own name server, which answers inside of the container's network alone."""
        self.engine.cli("network", "create", "-o", "com.docker.network.bridge.name=shtest0", "named")
        try:
            peer = self.background("service", options=("--network", "named", "--name", "peer"))
            address = self.engine.cli("inspect", "-f", "{{.NetworkSettings.Networks.named.IPAddress}}", peer).stdout
            run = ("run", "--rm", *self.engine.runtime, "--network", "named", "probe", "resolve")
            asked = lambda name: self.engine.cli(*run, name, check=False)
            self.assertEqual(asked("peer").stdout, address)
            unknown = asked("nobody.invalid")
            self.assertEqual(unknown.returncode, 1, unknown.stdout)
            self.assertIn("no address", unknown.stderr)
            self.engine.cli("rm", "-f", peer)
        finally:
            self.engine.cli("network", "rm", "named", check=False)

    def wait_for_health(self, container):
        engine.wait_until(lambda: self.state(container, "State.Health.Status") == "healthy", 20, "a healthy container")

    def test_update(self):
        container, port = self.service()
        self.engine.cli("update", "--memory", "64m", "--memory-swap", "64m", container)
        self.assertIn("Hello", engine.fetch(port))


class PackedImages(packed_images.PackedImages, unittest.TestCase):
    pass


def has_buildkit_history(made, image):
    return "buildkit.dockerfile" in made.cli("history", "--format", "{{.Comment}}", image["Id"]).stdout


class DeployedImages(deployed_images.DeployedImages, unittest.TestCase):
    builders = {
        "the classic builder": ("docker", {"DOCKER_BUILDKIT": "0"}, lambda made, image: not has_buildkit_history(made, image)),
        "BuildKit": ("docker", {"DOCKER_BUILDKIT": "1"}, has_buildkit_history),
    }

    def test_the_compose_file(self):
        """deploy/compose.yaml, unchanged but for its ports: all three services, healthy, and to their end."""
        if not (engine.BINARIES / "shallop-compiler").exists():
            self.skipTest("built without the compiler")
        if shutil.which("docker-compose", path=engine.PATH) is None:
            self.skipTest("there is no docker-compose")
        self.build("docker", {"DOCKER_BUILDKIT": "0"})
        text = (engine.DEPLOY / "compose.yaml").read_text()
        ports = {written: engine.free_port() for written in ("8080", "8081", "8082")}
        for written, free in ports.items():
            text = text.replace(f"127.0.0.1:{written}:", f"127.0.0.1:{free}:")
        file = self.engine.folder / "compose.yaml"
        file.write_text(text)
        compose = ("docker-compose", "-p", "three", "-f", file)
        try:
            self.engine.run(*compose, "up", "--detach")
            for port in ports.values():
                self.assertIn("Hello", engine.fetch(port))
            for container in self.engine.run(*compose, "ps", "-q").stdout.split():
                state = lambda: self.engine.cli("inspect", "-f", "{{.State.Health.Status}}", container).stdout.strip()
                engine.wait_until(lambda: state() == "healthy", 30, "a healthy service")
        finally:
            self.engine.run(*compose, "down", "-t", "1", check=False)


if __name__ == "__main__":
    engine.main()
