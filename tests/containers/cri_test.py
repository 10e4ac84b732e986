# SPDX-License-Identifier: Apache-2.0
"""The runtime under Kubernetes, as far as that can be had without Kubernetes: what the kubelet asks of containerd's CRI plugin for a
pod with `runtimeClassName: shallop`, asked by this script."""

import json
import pathlib
import shutil
import sys
import time
import unittest

import checks
import engine

PLUGINS = "/usr/lib/cni"


class Cri(engine.Engine):
    def __init__(self):
        super().__init__("cr")
        self.socket = f"{self.folder}/containerd.sock"
        (self.folder / "cni").mkdir()
        (self.folder / "cni/10-pod.conflist").write_text(
            json.dumps(
                {
                    "cniVersion": "0.4.0",
                    "name": "shallop-test",
                    "plugins": [
                        {
                            "type": "bridge",
                            "bridge": "shtest0",
                            "isGateway": True,
                            "ipMasq": True,
                            "ipam": {"type": "host-local", "dataDir": f"{self.folder}/ipam", "ranges": [[{"subnet": "10.188.0.0/24"}]]},
                        },
                        {"type": "portmap", "capabilities": {"portMappings": True}},
                    ],
                }
            )
        )
        self.write_configuration()
        (self.folder / "storage.conf").write_text(
            f'[storage]\ndriver="vfs"\ngraphroot="{self.folder}/data"\nrunroot="{self.folder}/run"\n'
        )
        self.environment["CONTAINERS_STORAGE_CONF"] = f"{self.folder}/storage.conf"
        self.start("containerd", "-c", f"{self.folder}/config.toml")
        engine.wait_until(lambda: self.ctr("version", check=False).returncode == 0, 30, "containerd")
        self.connect()

    def write_configuration(self):
        """Of the version that containerd is, with the snippet of deploy/containerd for it."""
        major = self.run("containerd", "--version").stdout.split()[2].partition(".")[0]
        snippet = (engine.DEPLOY / f"containerd/shallop-{major}.x.toml").read_text()
        snippet = snippet.replace("/usr/bin/shallop-oci", f"{engine.BINARIES}/shallop-oci").replace("SystemdCgroup = true", "SystemdCgroup = false")
        (self.folder / "shallop.toml").write_text(snippet)
        own = (
            f'root = "{self.folder}/root"\nstate = "{self.folder}/state"\n'
            f'[grpc]\naddress = "{self.socket}"\n'
            f'[plugins."io.containerd.internal.v1.opt"]\npath = "{self.folder}/opt"\n'
        )
        # There is no registry to fetch the usual image of sandboxes from; any static program that waits will do.
        sandbox = "example.org/pause:1"
        if major == "1":
            version, runtime, images = 'version = 2', "io.containerd.grpc.v1.cri", f'sandbox_image = "{sandbox}"\n'
            own += snippet
        else:
            version, runtime = f'version = 3\nimports = ["{self.folder}/shallop.toml"]', "io.containerd.cri.v1.runtime"
            images = f'[plugins."io.containerd.cri.v1.images".pinned_images]\nsandbox = "{sandbox}"\n'
        own += f'[plugins."{runtime}"]\nrestrict_oom_score_adj = true\n{images}'
        own += f'[plugins."{runtime}".cni]\nbin_dir = "{PLUGINS}"\nconf_dir = "{self.folder}/cni"\n'
        (self.folder / "config.toml").write_text(f"{version}\n{own}")

    def connect(self):
        import grpc

        self.run("protoc", f"-I{pathlib.Path(__file__).parent}", f"--python_out={self.folder}", "cri.proto")
        sys.path.insert(0, str(self.folder))
        import cri_pb2

        self.messages = cri_pb2
        self.channel = grpc.insecure_channel(f"unix://{self.socket}")

    def call(self, name, **fields):
        """A call of the RuntimeService, by the types that the service declares."""
        method = self.messages.DESCRIPTOR.services_by_name["RuntimeService"].methods_by_name[name]
        request = getattr(self.messages, method.input_type.name)(**fields)
        answer = getattr(self.messages, method.output_type.name)
        stub = self.channel.unary_unary(
            f"/runtime.v1.RuntimeService/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        return stub(request, timeout=60)

    def ctr(self, *words, **options):
        return self.run("ctr", "-a", self.socket, "-n", "k8s.io", *words, **options)

    def build_folder(self, tag, folder, *options):
        archive = self.folder / f"{tag}.tar"
        self.run("buildah", "bud", "-q", *options, "--isolation", "chroot", "-t", tag, folder)
        self.run("buildah", "push", tag, f"oci-archive:{archive}:example.org/{tag}:1")
        self.ctr("image", "import", *(("--platform", "wasi/wasm") if options else ()), archive)

    def build(self, tag, instructions, *options):
        self.build_folder(tag, self.image_folder(instructions), *options)

    def stop(self):
        self.channel.close()
        super().stop()


def setUpModule():
    engine.require("containerd", "ctr", "buildah", "runc", "protoc", "iptables", "ip")
    try:
        import google.protobuf  # noqa: F401
        import grpc  # noqa: F401
    except ImportError as error:
        engine.skip(f"{error} (python3-grpcio, python3-protobuf)")
    if not pathlib.Path(PLUGINS, "portmap").exists():
        engine.skip("there are no CNI plugins (containernetworking-plugins)")
    Pod.engine = Cri()
    try:
        checks.build_images(Pod.engine)
        folder = Pod.engine.image_folder('FROM scratch\nCOPY busybox /busybox\nENTRYPOINT ["/busybox", "sleep", "1000"]\n')
        shutil.copy("/bin/busybox", folder / "busybox")
        Pod.engine.build_folder("pause", folder)
    except BaseException:
        Pod.engine.stop()
        raise


def tearDownModule():
    Pod.engine.stop()


class Pod(unittest.TestCase):
    engine = None

    def setUp(self):
        self.port = engine.free_port()
        name = f"pod{time.monotonic_ns()}"
        self.config = {
            "metadata": {"name": name, "uid": name, "namespace": "default"},
            "hostname": "pod",
            "log_directory": str(self.engine.folder / "logs"),
            "port_mappings": [{"container_port": 8080, "host_port": self.port}],
            "linux": {},
        }
        self.pod = self.engine.call("RunPodSandbox", config=self.config, runtime_handler="shallop").pod_sandbox_id

    def tearDown(self):
        self.engine.call("StopPodSandbox", pod_sandbox_id=self.pod)
        self.engine.call("RemovePodSandbox", pod_sandbox_id=self.pod)

    def container(self, name, image, args=(), **config):
        container = self.engine.call(
            "CreateContainer",
            pod_sandbox_id=self.pod,
            sandbox_config=self.config,
            config={
                "metadata": {"name": name},
                "image": {"image": f"example.org/{image}:1"},
                "args": args,
                "log_path": f"{name}.log",
                "linux": {},
                **config,
            },
        ).container_id
        self.engine.call("StartContainer", container_id=container)
        return container

    def ended(self, container):
        status = lambda: self.engine.call("ContainerStatus", container_id=container).status
        return engine.wait_until(lambda: status() if status().state == 2 else None, 30, "the container's end")

    def log(self, name):
        """Lines without the time and stream that the kubelet's form of logs puts before them."""
        lines = (self.engine.folder / f"logs/{name}.log").read_text().splitlines()
        return [line.split(" ", 3)[3] for line in lines]

    def test_a_service_with_a_host_port_a_probe_statistics_and_an_end(self):
        container = self.container("web", "service")
        self.assertIn("Hello", engine.fetch(self.port))
        probe = self.engine.call("ExecSync", container_id=container, cmd=["/app.wasm", "nonsense"], timeout=20)
        self.assertEqual(probe.exit_code, 2)
        health = self.engine.call("ExecSync", container_id=container, cmd=["shallop", "health", "8080"], timeout=20)
        self.assertEqual(health.exit_code, 0)
        stats = self.engine.call("ContainerStats", container_id=container).stats
        self.assertGreater(stats.cpu.usage_core_nano_seconds.value, 0)
        self.assertGreater(stats.memory.working_set_bytes.value, 0)
        begin = time.monotonic()
        self.engine.call("StopContainer", container_id=container, timeout=10)
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(self.ended(container).exit_code, 0)

    def test_exit_status_and_log(self):
        self.assertEqual(self.ended(self.container("status", "probe", ["exit", "42"])).exit_code, 42)
        self.ended(self.container("words", "probe", ["a", "b c"]))
        self.assertEqual(self.log("words"), ["/app.wasm", "a", "b c"])

    def test_processor_limit(self):
        limited = {"resources": {"cpu_period": 100_000, "cpu_quota": 25_000}}
        container = self.container("slow", "probe", ["spin"], linux=limited)
        used = lambda: self.engine.call("ContainerStats", container_id=container).stats.cpu.usage_core_nano_seconds.value
        engine.wait_until(used, 10, "statistics")
        first, begin = used(), time.monotonic()
        time.sleep(3)
        share = (used() - first) / 1e9 / (time.monotonic() - begin)
        self.engine.call("StopContainer", container_id=container, timeout=0)
        self.assertLess(share, 0.4)

    def test_memory_limit(self):
        limited = {"resources": {"memory_limit_in_bytes": 32 << 20}}
        status = self.ended(self.container("large", "probe", ["memory"], linux=limited))
        self.assertEqual((status.exit_code, status.reason), (137, "OOMKilled"))

    def test_a_linux_program_beside_it(self):
        self.container("web", "service")
        sidecar = self.container("sidecar", "pause", command=["/busybox", "wget", "-qO-", "http://127.0.0.1:8080/"])
        self.assertEqual(self.ended(sidecar).exit_code, 0)
        self.assertIn("Hello", " ".join(self.log("sidecar")))

    def test_what_cannot_be_run_says_why(self):
        import grpc

        with self.assertRaises(grpc.RpcError) as refused:
            self.container("bad", "bad", command=["/component.wasm"])
        self.assertIn("it is a WebAssembly component", refused.exception.details())


if __name__ == "__main__":
    engine.main()
