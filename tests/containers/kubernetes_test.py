# SPDX-License-Identifier: Apache-2.0
"""The files of deploy/kubernetes and deploy/containerd: what they say of each other, and what kubectl makes of them.

A dry run of kubectl's client still asks a server which kinds there are. Here that is answered by this script, and nothing else is."""

import http.server
import json
import subprocess
import tempfile
import threading
import tomllib
import unittest

import engine

try:
    import yaml
except ImportError as error:
    engine.skip(f"{error} (python3-yaml)")

KUBERNETES = engine.DEPLOY / "kubernetes"
FILES = sorted(KUBERNETES.glob("*.yaml"))
OBJECTS = {each["kind"]: each for file in FILES for each in yaml.safe_load_all(file.read_text())}
# Of a server: what it has in each version, https://kubernetes.io/docs/reference/kubernetes-api/
SERVED = {
    "v1": [("services", "Service", True)],
    "apps/v1": [("deployments", "Deployment", True)],
    "autoscaling/v2": [("horizontalpodautoscalers", "HorizontalPodAutoscaler", True)],
    "node.k8s.io/v1": [("runtimeclasses", "RuntimeClass", False)],
}


def pod():
    return OBJECTS["Deployment"]["spec"]["template"]


def container():
    (only,) = pod()["spec"]["containers"]
    return only


class Agreement(unittest.TestCase):
    """No server looks at these before a pod is there."""

    def test_the_runtime_class_is_what_pods_ask_for_and_containerd_has(self):
        self.assertEqual(pod()["spec"]["runtimeClassName"], OBJECTS["RuntimeClass"]["metadata"]["name"])
        handler = OBJECTS["RuntimeClass"]["handler"]
        for version, plugin in (("1", "io.containerd.grpc.v1.cri"), ("2", "io.containerd.cri.v1.runtime")):
            with self.subTest(f"containerd {version}.x"):
                snippet = tomllib.loads((engine.DEPLOY / f"containerd/shallop-{version}.x.toml").read_text())
                runtimes = snippet["plugins"][plugin]["containerd"]["runtimes"]
                self.assertEqual(set(runtimes), {"runc", handler})
                self.assertEqual(runtimes[handler]["runtime_type"], "io.containerd.runc.v2")
                self.assertEqual(runtimes[handler]["options"]["BinaryName"], "/usr/bin/shallop-oci")

    def test_selectors_find_the_pods(self):
        labels = pod()["metadata"]["labels"].items()
        self.assertLessEqual(OBJECTS["Deployment"]["spec"]["selector"]["matchLabels"].items(), labels)
        self.assertLessEqual(OBJECTS["Service"]["spec"]["selector"].items(), labels)

    def test_ports_are_those_of_the_container(self):
        (port,) = container()["ports"]
        self.assertEqual(OBJECTS["Service"]["spec"]["ports"][0]["targetPort"], port["name"])
        self.assertEqual(container()["readinessProbe"]["httpGet"]["port"], port["name"])
        self.assertEqual(container()["livenessProbe"]["exec"]["command"], ["shallop", "health", str(port["containerPort"])])
        self.assertEqual(container()["args"], [str(port["containerPort"])])

    def test_the_autoscaler_has_a_target_and_a_measure(self):
        spec = OBJECTS["HorizontalPodAutoscaler"]["spec"]
        target = spec["scaleTargetRef"]
        self.assertEqual(
            (target["apiVersion"], target["kind"], target["name"]),
            (OBJECTS["Deployment"]["apiVersion"], "Deployment", OBJECTS["Deployment"]["metadata"]["name"]),
        )
        for metric in spec["metrics"]:  # a share is one of what was requested
            self.assertIn(metric["resource"]["name"], container()["resources"]["requests"])
        self.assertGreaterEqual(OBJECTS["Deployment"]["spec"]["replicas"], spec["minReplicas"])

    def test_the_image_is_one_that_is_built_and_its_user_is_not_root(self):
        name, tag = container()["image"].split(":")
        dockerfile = (engine.DEPLOY / f"{tag}.Dockerfile").read_text()
        self.assertEqual(name, "shallop/http_service")
        user = pod()["spec"]["securityContext"]
        self.assertIn(f"USER {user['runAsUser']}:{user['runAsGroup']}\n", dockerfile)


class Discovery(http.server.BaseHTTPRequestHandler):
    """Which kinds there are, as an API server says it: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api"""

    def do_GET(self):
        answer = self.answer(self.path.split("?")[0].strip("/"))
        body = json.dumps(answer or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, path):
        if path == "api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "apis":
            versions = [{"groupVersion": each, "version": each.split("/")[1]} for each in SERVED if "/" in each]
            groups = [
                {"name": each["groupVersion"].split("/")[0], "versions": [each], "preferredVersion": each} for each in versions
            ]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        served = SERVED.get(path.partition("/")[2])
        return served and {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": path.partition("/")[2],
            "resources": [
                {"name": name, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind, "verbs": ["create", "get"]}
                for name, kind, namespaced in served
            ],
        }

    def log_message(self, *_):
        pass


class Kubectl(unittest.TestCase):
    def setUp(self):
        self.kubectl = engine.find_program("kubectl")
        if not self.kubectl:
            self.skipTest("there is no kubectl")
        folder = tempfile.TemporaryDirectory(prefix="sh-kc-")
        self.addCleanup(folder.cleanup)
        self.home = folder.name
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Discovery)
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def run_kubectl(self, *words, text=None):
        return subprocess.run(
            [self.kubectl, f"--server=http://127.0.0.1:{self.server.server_port}", f"--cache-dir={self.home}/cache", *words],
            env={"PATH": engine.PATH, "HOME": self.home}, input=text, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def dry_run(self, text):
        return self.run_kubectl("create", "--dry-run=client", "--validate=false", "--output=json", "--filename=-", text=text)

    def test_dry_run_of_every_file(self):
        for file in FILES:
            with self.subTest(file.name):
                result = self.dry_run(file.read_text())
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                objects = list(yaml.safe_load_all(file.read_text()))
                self.assertEqual(len(objects_of(result.stdout)), len(objects))

    def test_dry_run_refuses_a_version_that_a_kind_has_not(self):
        """Else the one above could not fail."""
        text = (KUBERNETES / "runtime-class.yaml").read_text()
        result = self.dry_run(text.replace("node.k8s.io/v1", "node.k8s.io/v2"))
        self.assertIn("no matches for kind", result.stderr)

    def test_kubectl_knows_every_member(self):
        """`set` reads an object into kubectl's own type, where a member with another name or place than the API's gets lost. There is
        no such command for the other kinds."""
        for kind, words in (("Deployment", ("env", "A=b")), ("Service", ("selector", "app=http-service"))):
            with self.subTest(kind):
                text = yaml.safe_dump(OBJECTS[kind])
                result = self.run_kubectl("set", words[0], "--local", "--dry-run=client", "--output=json", "--filename=-", *words[1:], text=text)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertEqual(lost(OBJECTS[kind], json.loads(result.stdout)), [])


def objects_of(text):
    """JSON, one object after the other."""
    decoder, objects, rest = json.JSONDecoder(), [], text.lstrip()
    while rest:
        each, end = decoder.raw_decode(rest)
        objects.append(each)
        rest = rest[end:].lstrip()
    return objects


def lost(given, kept, path=""):
    """Paths of what is in `given` and not, or otherwise, in `kept`."""
    if isinstance(given, dict):
        kept = kept if isinstance(kept, dict) else {}
        return [each for name in given for each in lost(given[name], kept.get(name), f"{path}.{name}")]
    if isinstance(given, list) and isinstance(kept, list) and len(given) <= len(kept):
        return [each for number, item in enumerate(given) for each in lost(item, kept[number], f"{path}[{number}]")]
    return [] if given == kept else [path]


if __name__ == "__main__":
    if not engine.find_program("kubectl"):
        # The rest of the script needs none.
        engine.tell_skipped("kubectl's dry run: there is no kubectl (kubernetes-client)")
    engine.main()
