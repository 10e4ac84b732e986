# SPDX-License-Identifier: Apache-2.0
"""The images of deploy/, built by deploy/images.sh with every builder that an engine has, and run."""

import concurrent.futures
import json

import engine

# What compose.yaml takes away.
NOTHING = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
IMAGES = ("native", "wasm", "compiled", "module")


class DeployedImages:
    engine = None  # set by the script
    runc = ("--runtime", "runc")
    builders = {}  # of the engine: its name, and what images.sh and the environment say to have it

    def build(self, words, variables):
        build = engine.BINARIES.parent
        self.engine.run(engine.DEPLOY / "images.sh", words, variables={"SHALLOP_BUILD": str(build), **variables})

    def inspect(self, image):
        return json.loads(self.engine.cli("image", "inspect", f"shallop/http_service:{image}").stdout)[0]

    def start(self, image):
        port = engine.free_port()
        runtime = self.engine.runtime if image == "module" else self.runc
        published = ("-p", f"127.0.0.1:{port}:8080")
        return self.engine.cli("run", "-d", *runtime, *NOTHING, *published, f"shallop/http_service:{image}").stdout.strip(), port

    def check(self, image, container, port):
        self.assertIn("Hello", engine.fetch(port), image)
        if image != "module":
            _, *health = description(self.inspect(image))["Healthcheck"]["Test"]
            self.engine.cli("exec", container, *health)

    def run_all(self):
        """At the same time, as that is shorter."""
        with concurrent.futures.ThreadPoolExecutor(len(IMAGES)) as threads:
            starts = [threads.submit(self.start, image) for image in IMAGES]
            try:
                started = [each.result() for each in starts]
                list(threads.map(self.check, IMAGES, *zip(*started)))
            finally:
                concurrent.futures.wait(starts)
                there = [each.result()[0] for each in starts if each.exception() is None]
                if there:
                    self.engine.cli("rm", "-f", *there)

    def test_every_builder_makes_images_that_run(self):
        if not (engine.BINARIES / "shallop-compiler").exists():
            self.skipTest("built without the compiler")
        described = {}
        for builder, (words, variables, is_its_own) in self.builders.items():
            with self.subTest(builder):
                self.build(words, variables)
                for image in IMAGES:
                    made = self.inspect(image)
                    self.assertTrue(is_its_own(self.engine, made), f"{image} was not built by {builder}")
                    self.assertEqual(description(made), described.setdefault(image, description(made)))
                self.run_all()


def description(image):
    """What a Dockerfile says of an image, but for what builders leave out where it is not said."""
    said = ("Entrypoint", "Cmd", "Env", "User", "ExposedPorts", "Healthcheck", "StopSignal")
    members = image | image["Config"]  # podman has the health check beside the rest
    return {name: members[name] for name in said if members.get(name)}
