# SPDX-License-Identifier: Apache-2.0
"""The runtime under containerd, by its own client."""

import pathlib
import time
import unittest

import checks
import engine


class Containerd(engine.Engine):
    def __init__(self):
        super().__init__("cd")
        self.socket = f"{self.folder}/containerd.sock"
        (self.folder / "config.toml").write_text(
            f'version = 2\nroot = "{self.folder}/root"\nstate = "{self.folder}/state"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'[grpc]\naddress = "{self.socket}"\n'
            f'[plugins."io.containerd.internal.v1.opt"]\npath = "{self.folder}/opt"\n'
        )
        (self.folder / "storage.conf").write_text(
            f'[storage]\ndriver="vfs"\ngraphroot="{self.folder}/data"\nrunroot="{self.folder}/run"\n'
        )
        self.environment["CONTAINERS_STORAGE_CONF"] = f"{self.folder}/storage.conf"
        self.install_shims()
        self.environment["CONTAINERD_ADDRESS"] = self.socket
        self.start("containerd", "-c", f"{self.folder}/config.toml")
        engine.wait_until(lambda: self.ctr("version", check=False).returncode == 0, 30, "containerd")

    def ctr(self, *words, **options):
        return self.run("ctr", "-a", self.socket, *words, **options)

    def build(self, tag, instructions, *options):
        archive = self.folder / f"{tag}.tar"
        self.run("buildah", "bud", "-q", *options, "--isolation", "chroot", "-t", tag, self.image_folder(instructions))
        self.run("buildah", "push", tag, f"oci-archive:{archive}:example.org/{tag}:1")
        platform = ("--platform", "wasi/wasm") if options else ()
        self.ctr("image", "import", *platform, archive)

    def stop(self):
        for container in self.ctr("containers", "ls", "-q", check=False).stdout.split():
            self.ctr("tasks", "kill", "-s", "SIGKILL", container, check=False)
            self.ctr("tasks", "rm", "-f", container, check=False)
            self.ctr("containers", "rm", container, check=False)
        super().stop()


def setUpModule():
    engine.require("containerd", "ctr", "buildah", "runc")
    Containers.engine = Containerd()
    try:
        checks.build_images(Containers.engine)
        Containers.engine.build("wasi", checks.PROBE_IMAGE, "--platform", "wasi/wasm")
    except BaseException:
        Containers.engine.stop()
        raise


def tearDownModule():
    Containers.engine.stop()


class Containers(unittest.TestCase):
    engine = None

    def once(self, image, *words, options=(), check=True):
        name = f"once-{time.monotonic_ns()}"
        return self.engine.ctr(
            "run", "--rm", "--runc-binary", engine.BINARIES / "shallop-oci", *options, f"example.org/{image}:1", name, *words, check=check
        )

    def test_entrypoint_arguments_and_exit_status(self):
        # ctr's words stand in place of the image's whole command.
        self.assertEqual(self.once("probe", "/app.wasm", "a").stdout, "/app.wasm\na\n")
        self.assertEqual(self.once("probe").stdout, "/app.wasm\n")
        self.assertEqual(self.once("probe", "/app.wasm", "exit", "42", check=False).returncode, 42)
        self.assertEqual(self.once("probe", "/app.wasm", "trap", check=False).returncode, 134)

    def test_shims_by_name(self):
        """io.containerd.wasmedge.v1 is the name in files that were written for another runtime."""
        for number, name in enumerate(("io.containerd.shallop.v1", "io.containerd.wasmedge.v1")):
            result = self.engine.ctr(
                "run", "--rm", "--runtime", name, "example.org/probe:1", f"shim-{number}", "/app.wasm", "exit", "42", check=False
            )
            self.assertEqual(result.returncode, 42, result.stderr)

    def test_read_only_root(self):
        self.assertEqual(self.once("probe", "/app.wasm", "x", options=("--read-only",)).stdout, "/app.wasm\nx\n")

    def test_image_for_the_platform_wasm(self):
        self.assertEqual(self.once("wasi", "/app.wasm", "x", options=("--platform", "wasi/wasm")).stdout, "/app.wasm\nx\n")

    def test_what_cannot_be_run_says_why(self):
        refused = self.once("bad", "/component.wasm", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("it is a WebAssembly component", refused.stderr)

    def test_a_service_answers_is_executed_into_and_stops(self):
        port = engine.free_port()
        self.engine.ctr(
            "run", "-d", "--net-host", "--memory-limit", "134217728", "--runc-binary", engine.BINARIES / "shallop-oci",
            "example.org/service:1", "web", "/app.wasm", str(port),
        )  # fmt: skip
        try:
            self.assertIn("Hello", engine.fetch(port))
            executed = self.engine.ctr("tasks", "exec", "--exec-id", "again", "web", "/app.wasm", "nonsense", check=False)
            self.assertEqual(executed.returncode, 2, executed.stderr)
            pid = self.engine.ctr("tasks", "ls").stdout.splitlines()[1].split()[1]
            self.assertIn("web", pathlib.Path(f"/proc/{pid}/cgroup").read_text())
            begin = time.monotonic()
            self.engine.ctr("tasks", "kill", "-s", "SIGTERM", "web")
            engine.wait_until(lambda: "STOPPED" in self.engine.ctr("tasks", "ls").stdout, 5, "the end of the service")
            self.assertLess(time.monotonic() - begin, 5)
        finally:
            self.engine.ctr("tasks", "rm", "-f", "web", check=False)
            self.engine.ctr("containers", "rm", "web", check=False)


if __name__ == "__main__":
    engine.main()
