# SPDX-License-Identifier: Apache-2.0
"""The runtime under Podman, which has no daemon: a configuration and folders of our own."""

import pathlib
import resource
import shutil
import subprocess
import unittest

import checks
import deployed_images
import engine


def hard_limit(kind):
    """Of this process, as podman's number: without CAP_SYS_RESOURCE a container cannot be given more."""
    hard = resource.getrlimit(kind)[1]
    return 4096 if hard == resource.RLIM_INFINITY else min(hard, 4096)


class Podman(engine.Engine):
    runtime = ()  # the configuration names it

    def __init__(self):
        super().__init__("pm")
        files, processes = hard_limit(resource.RLIMIT_NOFILE), hard_limit(resource.RLIMIT_NPROC)
        limits = [f"nofile={files}:{files}", f"nproc={processes}:{processes}"]
        # Podman gives a runtime hardly any environment.
        runtime = self.folder / "shallop-oci"
        runtime.write_text(f'#!/bin/sh\nSHALLOP_OCI_CONFIG={self.folder}/oci.json exec {engine.BINARIES}/shallop-oci "$@"\n')
        runtime.chmod(0o755)
        (self.folder / "containers.conf").write_text(
            f"[containers]\ndefault_ulimits={limits}\n"
            '[engine]\nruntime="shallop"\ncgroup_manager="cgroupfs"\nevents_logger="file"\n'
            f'tmp_dir="{self.folder}/tmp"\n'
            f'[engine.runtimes]\nshallop=["{runtime}"]\n"io.containerd.wasmedge.v1"=["{runtime}"]\n'
            f'[network]\nnetwork_config_dir="{self.folder}/networks"\n'
        )
        (self.folder / "storage.conf").write_text(
            f'[storage]\ndriver="overlay"\ngraphroot="{self.folder}/data"\nrunroot="{self.folder}/run"\n'
        )
        (self.folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        self.environment |= {
            "CONTAINERS_CONF": f"{self.folder}/containers.conf",
            "CONTAINERS_STORAGE_CONF": f"{self.folder}/storage.conf",
        }

    def cli(self, *words, **options):
        return self.run("podman", *words, **options)

    def build_folder(self, tag, folder):
        self.run("buildah", "bud", "-q", "--format", "docker", "--isolation", "chroot", "-t", tag, folder)

    def build(self, tag, instructions):
        self.build_folder(tag, self.image_folder(instructions))

    def stop(self):
        self.cli("rm", "-f", "-a", "-t", "0", check=False)
        super().stop()
        for made in pathlib.Path("/sys/fs/cgroup").glob("*/libpod_parent"):
            if not made.parent.is_mount():
                shutil.rmtree(made.parent)


def setUpModule():
    engine.require("podman", "buildah", "runc", "netavark", "catatonit", "iptables", "ip")
    Containers.engine = DeployedImages.engine = Podman()
    try:
        checks.build_images(Containers.engine)
    except BaseException:
        Containers.engine.stop()
        raise


def tearDownModule():
    Containers.engine.stop()


class Containers(checks.Containers, unittest.TestCase):
    knows_oom = False  # Podman 4.3 does not say so under cgroups version 1

    def wait_for_health(self, container):
        """Whoever starts containers by hand asks by hand, too: podman has it done by systemd."""
        asked = lambda: self.engine.cli("healthcheck", "run", container, check=False).returncode == 0
        engine.wait_until(asked, 20, "a healthy container")

    def test_user_namespace(self):
        self.assertEqual(self.once("probe", "x", options=("--uidmap", "0:100000:65536")).stdout, "/app.wasm\nx\n")

    def test_pod(self):
        port = engine.free_port()
        self.engine.cli("pod", "create", "--name", "pod", "-p", f"127.0.0.1:{port}:8080")
        try:
            self.engine.cli("run", "-d", "--pod", "pod", "service")
            self.assertIn("Hello", engine.fetch(port))
        finally:
            # Where not every controller is mounted, podman 4.3 makes plain files in its place and cannot remove them.
            self.engine.cli("pod", "rm", "-f", "-t", "0", "pod", check=False)

    def test_an_images_annotations_count_as_the_operator_says(self):
        """Podman hands them to the runtime. This one means nothing, so that whoever reads it refuses."""
        folder = self.engine.image_folder(checks.PROBE_IMAGE)
        self.engine.run("buildah", "bud", "-q", "--isolation", "chroot", "--annotation", "dev.shallop.mode=nonsense", "-t", "annotated", folder)
        refused = self.once("annotated", "x", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("nonsense", refused.stderr)
        self.engine.configure_runtime({"container_settings": []})
        try:
            self.assertEqual(self.once("annotated", "x").stdout, "/app.wasm\nx\n")
        finally:
            self.engine.configure_runtime({})

    def test_a_user_namespace(self):
        options = ("--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536")
        self.assertEqual(self.once("probe", "x", options=options).stdout, "/app.wasm\nx\n")

    def test_an_archive_of_pack_is_loaded(self):
        archive = self.engine.folder / "packed.tar"
        self.engine.run(engine.BINARIES / "shallop", "pack", engine.PROBE, "-o", archive, "--tag", "packed:1")
        loaded = self.engine.cli("load", "-q", "-i", archive).stdout.strip().split()[-1]
        words = self.engine.cli("run", "--rm", "--network", "none", loaded, "a", "b").stdout.splitlines()
        self.assertEqual(words[1:], ["a", "b"])

    def test_image_for_the_platform_wasm(self):
        folder = self.engine.image_folder(checks.PROBE_IMAGE)
        self.engine.run("buildah", "bud", "-q", "--platform", "wasi/wasm", "--isolation", "chroot", "-t", "wasi", folder)
        self.assertEqual(self.once("wasi", "x", options=("--platform", "wasi/wasm")).stdout, "/app.wasm\nx\n")

    def test_the_compose_file_in_the_words_of_other_runtimes(self):
        """deploy/compose.wasi.yaml, unchanged but for its ports, by docker-compose and podman's socket."""
        if shutil.which("docker-compose", path=engine.PATH) is None:
            self.skipTest("there is no docker-compose")
        folder = self.engine.image_folder(checks.SERVICE_IMAGE)
        self.engine.run(
            "buildah", "bud", "-q", "--format", "docker", "--platform", "wasi/wasm", "--isolation", "chroot", "-t", "docker.io/shallop/http_service:module", folder
        )
        text = (engine.DEPLOY / "compose.wasi.yaml").read_text()
        ports = {"8081": engine.free_port(), "8082": engine.free_port()}
        for written, free in ports.items():
            text = text.replace(f"127.0.0.1:{written}:", f"127.0.0.1:{free}:")
        file = self.engine.folder / "compose.yaml"
        file.write_text(text)
        socket = f"unix://{self.engine.folder}/podman.sock"
        self.engine.start("podman", "system", "service", "--time", "0", socket)
        environment = self.engine.environment | {"DOCKER_HOST": socket}
        compose = lambda *words: subprocess.run(
            ["docker-compose", "-p", "reference", "-f", file, *words], env=environment, cwd=self.engine.folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        engine.wait_until(lambda: compose("ps").returncode == 0, 20, "podman's socket")
        try:
            started = compose("up", "--detach")
            self.assertEqual(started.returncode, 0, started.stdout + started.stderr)
            for port in ports.values():
                self.assertIn("Hello", engine.fetch(port))
        finally:
            compose("down", "-t", "1")


class DeployedImages(deployed_images.DeployedImages, unittest.TestCase):
    """`podman build` is buildah too, behind another command line."""

    builders = {"buildah": ("buildah", {}, lambda _, image: "io.buildah.version" in image["Labels"])}


if __name__ == "__main__":
    engine.main()
