# SPDX-License-Identifier: Apache-2.0
"""Images as `shallop pack` writes them, under an engine whose command line is docker's, by the runtime that it has anyway."""

import os
import platform
import time

import engine

RUNTIME = ("--runtime", "runc")
# What an operator may take away, and the image does not miss.
NOTHING = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")


# (module (memory 1024) (func (export "_start")))
LARGE = bytes.fromhex("0061736d01000000" "010401600000" "03020100" "050401008008" "070a01065f73746172740000" "0a040102000b")


no_other_processor = "native code for another processor: this one has AVX-512, and there is no qemu-x86_64 to emulate one without"


def has_another_processor():
    return engine.find_emulator() or not engine.has_processor_feature("avx512f")


class PackedImages:
    engine = None  # set by the script

    def setUp(self):
        self.started = []

    def tearDown(self):
        if self.started:
            self.engine.cli("rm", "-f", *self.started, check=False)

    def pack(self, name, file, *options):
        archive = self.engine.folder / f"{name}.tar"
        self.engine.run(engine.BINARIES / "shallop", "pack", file, "-o", archive, "--tag", name, *options)
        self.engine.cli("load", "-i", archive)
        archive.unlink()

    def once(self, image, *words, options=(), **keywords):
        return self.engine.cli("run", "--rm", "--network", "none", *RUNTIME, *options, image, *words, **keywords)

    def service(self, *options, image="packed"):
        port = engine.free_port()
        container = self.engine.cli(
            "run", "-d", *RUNTIME, "-p", f"127.0.0.1:{port}:8080", *NOTHING, *options, image
        ).stdout.strip()
        self.started.append(container)
        engine.fetch(port)
        return container, port

    def stop(self, container):
        begin = time.monotonic()
        self.engine.cli("stop", container)
        self.assertLess(time.monotonic() - begin, 5, "an engine waits 10 s for a process that does not listen to SIGTERM")
        self.assertEqual(self.engine.cli("inspect", "-f", "{{.State.ExitCode}}", container).stdout.strip(), "0")

    def test_serves_without_any_privilege_and_stops_in_order(self):
        self.pack("packed", engine.SERVICE, "--cmd", "8080", "--expose", "8080")
        container, port = self.service("--memory", "64m")
        self.assertIn("Hello", engine.fetch(port, "/heavy"))
        self.engine.cli("exec", container, "shallop", "health", "8080", "/")
        self.assertNotEqual(self.engine.cli("exec", container, "shallop", "health", "1", check=False).returncode, 0)
        self.stop(container)

    def test_runs_the_native_code_that_was_compiled_for_it(self):
        if not (engine.BINARIES / "shallop-compiler").exists():
            self.skipTest("built without the compiler")
        self.pack("packed", engine.SERVICE, "--native", "--run-option=--require-native", "--cmd", "8080")
        container, port = self.service("-e", "SHALLOP_VERBOSE=1")
        self.assertIn("Hello", engine.fetch(port))
        self.assertIn("native code of the file", self.engine.cli("logs", container).stderr)
        self.stop(container)

    def test_has_the_containers_environment_and_arguments(self):
        self.pack("packed-probe", engine.PROBE, "--env", "LEVEL=info", "--cmd", "environment")
        lines = self.once("packed-probe", options=("-e", "MORE=1", "-e", "SHALLOP_LOG=text")).stdout.splitlines()
        self.assertIn("LEVEL=info", lines)
        self.assertIn("MORE=1", lines)
        self.assertFalse([line for line in lines if line.startswith("SHALLOP_")], lines)
        self.assertEqual(self.once("packed-probe", "a", "b c").stdout, "/probe.wasm\na\nb c\n")
        self.assertEqual(self.once("packed-probe", "exit", "3", check=False).returncode, 3)

    def test_gives_the_guest_its_directories_alone(self):
        self.pack("packed-probe", engine.PROBE, "--dir", "/data")
        shared = self.engine.folder / "shared"
        shared.mkdir(exist_ok=True)
        shared.chmod(0o777)
        options = (*NOTHING, "-v", f"{shared}:/data")
        self.once("packed-probe", "write", "/data/new", options=options)
        self.assertEqual((shared / "new").read_text(), "written\n")
        self.assertEqual(self.once("packed-probe", "cat", "/etc/hosts", options=options, check=False).returncode, 1)

    def test_a_guest_with_the_root_reaches_neither_kernel_nor_devices(self):
        self.pack("packed-probe", engine.PROBE, "--run-option=--dir=/:/", "--user", "0")
        self.assertIn("localhost", self.once("packed-probe", "cat", "/etc/hosts").stdout)
        self.once("packed-probe", "write", "/dev/null")
        for path in ("/proc/self/mem", "/proc/self/environ", "/sys/kernel/notes", "/dev/pts/ptmx", "/dev/mqueue/x"):
            for what in ("cat", "write"):
                result = self.once("packed-probe", what, path, check=False)
                self.assertEqual((result.returncode, result.stdout), (1, ""), f"{what} {path}")

    def test_counts_the_processors_of_its_quota(self):
        self.pack("packed", engine.SERVICE, "--cmd", "8080")
        for quota, workers in (("0.5", 1), ("2", min(2, len(os.sched_getaffinity(0))))):
            stats = engine.free_port()
            self.service(
                "--cpus", quota, "-e", "SHALLOP_WORKERS=auto", "-e", "SHALLOP_STATS=0.0.0.0:9000", "-p", f"127.0.0.1:{stats}:9000"
            )
            self.assertIn(f"\nshallop_workers {workers}\n", engine.fetch(stats, "/metrics"), f"--cpus {quota}")

    def test_ends_with_the_status_that_engines_know(self):
        """And one sentence that says why."""
        self.pack("packed-probe", engine.PROBE)
        self.assertEqual(self.once("packed-probe", "trap", check=False).returncode, 134)
        killed = self.once("packed-probe", "memory", options=("--memory", "32m"), check=False)
        self.assertEqual(killed.returncode, 137, killed.stderr)
        # `shallop pack` makes no image of these; they come with a volume.
        folder = self.engine.image_folder("")
        folder.chmod(0o755)
        for file, status, words in (
            ("invalid.wasm", 126, "invalid"),
            ("cut.wasm", 126, "malformed"),
            ("component.wasm", 126, "component"),
            ("text.wasm", 126, "malformed"),
            ("import.wasm", 126, "import m.no"),
            ("absent.wasm", 127, "there is no such file"),
        ):
            with self.subTest(file):
                options = ("-v", f"{folder}:/bad", "--entrypoint", "shallop-run")
                result = self.once("packed-probe", f"/bad/{file}", options=options, check=False)
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertIn(words, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_does_not_run_native_code_for_another_processor(self):
        """For AVX-512 on a processor without: this one, or one that is emulated."""
        if not (engine.BINARIES / "shallop-compiler").exists():
            self.skipTest("built without the compiler")
        if not has_another_processor():
            self.skipTest(no_other_processor)
        emulator = engine.find_emulator()
        self.pack("packed-foreign", engine.PROBE, "--native", "--cpu", "x86-64-v4")
        options, words = ["--entrypoint", "/usr/bin/shallop-run"], []
        if emulator:
            options = ["-v", f"{emulator}:/emulator:ro", "--entrypoint", "/emulator"]
            words = ["-cpu", "Nehalem", "/usr/bin/shallop-run"]
        run = lambda *more: self.once("packed-foreign", *words, "--allow-native", *more, options=options, check=False)
        needed = "its native code is not used: it needs a processor with "
        refused = run("--require-native", "/probe.wasm")
        self.assertEqual(refused.returncode, 126, refused.stderr)
        self.assertIn(needed, refused.stderr)
        self.assertIn("avx512", refused.stderr)
        interpreted = run("/probe.wasm", "exit", "3")
        self.assertEqual(interpreted.returncode, 3, interpreted.stderr)
        self.assertIn(needed, interpreted.stderr)
        self.assertEqual(interpreted.stderr.count("\n"), 1, interpreted.stderr)

    def test_refuses_native_code_for_another_architecture(self):
        if not (engine.BINARIES / "shallop-compiler").exists():
            self.skipTest("built without the compiler")
        self.pack("packed-probe", engine.PROBE)
        foreign = self.engine.folder / "foreign.wasm"
        self.engine.run(engine.BINARIES / "shallop", "compile", engine.PROBE, "-o", foreign)
        machine = platform.machine().encode()
        foreign.write_bytes(foreign.read_bytes().replace(machine, b"?" * len(machine)))
        options = ("-v", f"{foreign}:/foreign.wasm", "--entrypoint", "shallop-run")
        result = self.once("packed-probe", "--allow-native", "--require-native", "/foreign.wasm", options=options, check=False)
        self.assertEqual(result.returncode, 126, result.stderr)
        self.assertIn("its native code is not used", result.stderr)

    def test_says_when_there_is_too_little_memory(self):
        module = self.engine.folder / "large.wasm"
        module.write_bytes(LARGE)
        self.pack("packed-large", module)
        result = self.once("packed-large", options=("--memory", "16m"), check=False)
        self.assertIn("16384 KiB, is less than the 65536 KiB that the guest begins with", result.stderr)
