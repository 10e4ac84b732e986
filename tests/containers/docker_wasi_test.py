# SPDX-License-Identifier: Apache-2.0
"""Images of the platform wasi/wasm under a Docker that keeps such (24 and newer, with containerd's image store), run in the words of
other Wasm runtimes: by the name of a shim, which Docker looks for in its PATH."""

import json
import shutil
import subprocess
import unittest

import docker_test
import engine

RUNTIME = ("--platform", "wasi/wasm", "--runtime", "io.containerd.wasmedge.v1")
IMAGE = "shallop/http_service:module"


class Docker(docker_test.Docker):
    def __init__(self):
        super().__init__("dw", runtimes={}, features={"containerd-snapshotter": True})


def setUpModule():
    engine.require("dockerd", "containerd", "runc", "iptables", "ip")
    version = subprocess.run(["dockerd", "--version"], env={"PATH": engine.PATH}, capture_output=True, text=True, check=True).stdout
    if int(version.split()[2].split(".")[0]) < 24:
        engine.skip(f"Docker 24 and newer keep images of the platform wasi/wasm, and this is {version.strip()}")
    Wasi.engine = Docker()
    try:
        folder = Wasi.engine.image_folder("")
        shutil.copy(engine.SERVICE, folder / "http_service.wasm")
        build = ("build", "-q", "--platform", "wasi/wasm", "-t", IMAGE, "-f", engine.DEPLOY / "module.Dockerfile", folder)
        Wasi.engine.cli(*build, variables={"DOCKER_BUILDKIT": "1"})
    except BaseException:
        Wasi.engine.stop()
        raise


def tearDownModule():
    Wasi.engine.stop()


class Wasi(unittest.TestCase):
    engine = None

    def test_by_the_name_of_another_runtime(self):
        self.assertEqual(json.loads(self.engine.cli("image", "inspect", IMAGE).stdout)[0]["Os"], "wasi")
        port = engine.free_port()
        container = self.engine.cli("run", "-d", *RUNTIME, "-p", f"127.0.0.1:{port}:8080", IMAGE).stdout.strip()
        try:
            self.assertIn("Hello", engine.fetch(port))
            self.engine.cli("exec", container, "shallop", "health", "8080")
            self.engine.cli("stop", container)
            self.assertEqual(self.engine.cli("inspect", "-f", "{{.State.ExitCode}}", container).stdout.strip(), "0")
        finally:
            self.engine.cli("rm", "-f", container)

    def test_a_packed_module_and_an_annotation(self):
        archive = self.engine.folder / "probe.tar"
        self.engine.run(
            engine.BINARIES / "shallop", "pack", "--module-only", "--platform", "wasi/wasm", "--tag", "probe", "-o", archive, engine.PROBE
        )
        self.engine.cli("load", "--input", archive)
        options = (*RUNTIME, "--network", "none", "--annotation", "dev.shallop.verbose=1")
        result = self.engine.cli("run", "--rm", *options, "probe", "exit", "42", check=False)
        self.assertEqual(result.returncode, 42, result.stderr)
        self.assertIn("engine: ", result.stderr)

    def test_the_compose_file_in_the_words_of_other_runtimes(self):
        """deploy/compose.wasi.yaml, unchanged but for its ports."""
        text = (engine.DEPLOY / "compose.wasi.yaml").read_text()
        ports = {written: engine.free_port() for written in ("8081", "8082")}
        for written, free in ports.items():
            text = text.replace(f"127.0.0.1:{written}:", f"127.0.0.1:{free}:")
        file = self.engine.folder / "compose.yaml"
        file.write_text(text)
        compose = ("compose", "-p", "reference", "-f", file)
        try:
            self.engine.cli(*compose, "up", "--detach")
            for port in ports.values():
                self.assertIn("Hello", engine.fetch(port))
        finally:
            self.engine.cli(*compose, "down", "-t", "1")


if __name__ == "__main__":
    engine.main()
