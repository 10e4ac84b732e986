# SPDX-License-Identifier: Apache-2.0
"""What holds for a container of a module under every engine whose command line is docker's. A script makes the engine, which has
cli(), build() and the options `runtime`, and adds what is its engine's own."""

import os
import pathlib
import shutil
import time
import urllib.request

import engine

PROBE_IMAGE = 'FROM scratch\nCOPY probe.wasm /app.wasm\nWORKDIR /srv\nENTRYPOINT ["/app.wasm"]\n'
SERVICE_IMAGE = (
    "FROM scratch\nCOPY service.wasm /app.wasm\nEXPOSE 8080\n"
    'HEALTHCHECK --interval=1s --timeout=5s CMD ["shallop", "health", "8080"]\nENTRYPOINT ["/app.wasm"]\nCMD ["8080"]\n'
)
# With a shell, which the shell form of HEALTHCHECK names.
SHELL_IMAGE = (
    "FROM scratch\nCOPY service.wasm /app.wasm\nCOPY busybox /bin/sh\n"
    'HEALTHCHECK --interval=1s --timeout=5s CMD shallop health 8080\nENTRYPOINT ["/app.wasm"]\nCMD ["8080"]\n'
)
BAD_IMAGE = "FROM scratch\nCOPY text.wasm component.wasm cut.wasm import.wasm invalid.wasm native.wasm /\n"


def build_images(made):
    made.build("probe", PROBE_IMAGE)
    made.build("service", SERVICE_IMAGE)
    made.build("bad", BAD_IMAGE)


class Containers:
    engine = None  # set by the script
    knows_oom = True

    def setUp(self):
        self.started = []

    def tearDown(self):
        if self.started:
            self.engine.cli("rm", "-f", *self.started, check=False)

    def once(self, image, *words, options=(), **keywords):
        """A container that runs to its end."""
        return self.engine.cli("run", "--rm", "--network", "none", *self.engine.runtime, *options, image, *words, **keywords)

    def background(self, image, *words, options=("--network", "none")):
        container = self.engine.cli("run", "-d", *self.engine.runtime, *options, image, *words).stdout.strip()
        self.started.append(container)
        return container

    def service(self, *options):
        """The service with a published port: the container and the port."""
        port = engine.free_port()
        container = self.background("service", options=("-p", f"127.0.0.1:{port}:8080", *options))
        engine.fetch(port)
        return container, port

    def state(self, container, what):
        return self.engine.cli("inspect", "-f", "{{." + what + "}}", container).stdout.strip()

    def test_entrypoint_arguments_and_output(self):
        self.assertEqual(self.once("probe", "a", "b c").stdout, "/app.wasm\na\nb c\n")

    def test_published_port(self):
        _, port = self.service()
        self.assertIn("Hello", engine.fetch(port))

    def test_exit_status_and_logs(self):
        result = self.engine.cli("run", "--network", "none", *self.engine.runtime, "--name", "ended", "probe", "exit", "3", check=False)
        self.started.append("ended")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertEqual(self.state("ended", "State.ExitCode"), "3")
        trapped = self.engine.cli("run", "--network", "none", *self.engine.runtime, "--name", "trapped", "probe", "trap", check=False)
        self.started.append("trapped")
        self.assertEqual(trapped.returncode, 134, trapped.stderr)
        self.assertIn("unreachable", self.engine.cli("logs", "trapped").stderr)

    def test_memory_limit(self):
        result = self.engine.cli(
            "run", "--network", "none", *self.engine.runtime, "--name", "large", "--memory", "32m", "probe", "memory", check=False
        )
        self.started.append("large")
        self.assertEqual(result.returncode, 137, result.stderr)
        if self.knows_oom:
            self.assertEqual(self.state("large", "State.OOMKilled"), "true")

    def test_processor_limit(self):
        container = self.background("probe", "spin", options=("--network", "none", "--cpus", "0.25"))
        pid = self.state(container, "State.Pid")

        def ticks():
            words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
            return int(words[11]) + int(words[12])

        time.sleep(0.5)
        first, begin = ticks(), time.monotonic()
        time.sleep(2)
        share = (ticks() - first) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - begin)
        self.assertLess(share, 0.4)

    def test_stop_and_restart(self):
        container, port = self.service()
        self.engine.cli("restart", container)
        self.assertIn("Hello", engine.fetch(port))
        begin = time.monotonic()
        self.engine.cli("stop", container)
        self.assertLess(time.monotonic() - begin, 5, "an engine waits 10 s for a process that does not listen to SIGTERM")
        self.assertEqual(self.state(container, "State.ExitCode"), "0")

    def test_files(self):
        shared = self.engine.folder / "volume"
        shared.mkdir(exist_ok=True)
        (shared / "text").write_text("of the host\n")
        volume = f"{shared}:/data"
        self.assertEqual(self.once("probe", "cat", "/data/text", options=("--read-only", "-v", volume)).stdout, "of the host\n")
        self.once("probe", "write", "/data/new", options=("-v", volume))
        self.assertEqual((shared / "new").read_text(), "written\n")
        refused = self.once("probe", "write", "/data/new", options=("-v", volume + ":ro"), check=False)
        self.assertEqual((refused.returncode, "Read-only" in refused.stderr), (1, True), refused.stderr)
        self.assertEqual(self.once("probe", "write", "/new", options=("--read-only",), check=False).returncode, 1)
        self.once("probe", "write", "/tmp/new", options=("--read-only", "--tmpfs", "/tmp"))

    def test_the_module_on_a_volume(self):
        options = ("-v", f"{engine.PROBE}:/vol/guest.wasm:ro", "--entrypoint", "/vol/guest.wasm")
        self.assertEqual(self.once("probe", "x", options=options).stdout, "/vol/guest.wasm\nx\n")
        shared = self.engine.folder / "modules"
        shared.mkdir(exist_ok=True)
        shutil.copy(engine.PROBE, shared / "guest.wasm")
        self.once("probe", "write", "/vol/new", options=("-v", f"{shared}:/vol", "--entrypoint", "/vol/guest.wasm"))
        self.assertEqual((shared / "new").read_text(), "written\n")

    def test_environment_and_working_directory(self):
        options = ("-e", "LEVEL=debug", "-e", "SHALLOP_WORKERS=1", "-w", "/srv", "--entrypoint", "../app.wasm")
        lines = self.once("probe", "environment", options=options).stdout.splitlines()
        self.assertIn("LEVEL=debug", lines)
        self.assertFalse([line for line in lines if line.startswith("SHALLOP_")], lines)

    def test_names_of_the_hosts_file(self):
        options = ("--add-host", "other.example:192.0.2.9")
        self.assertEqual(self.once("probe", "resolve", "other.example", options=options).stdout, "192.0.2.9\n")

    def test_without_any_privilege(self):
        options = ("--user", "65532:65532", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only")
        self.assertEqual(self.once("probe", "x", options=options).stdout, "/app.wasm\nx\n")

    def test_behind_an_init(self):
        self.assertEqual(self.once("probe", "exit", "5", options=("--init",), check=False).returncode, 5)

    def test_exec(self):
        container, _ = self.service()
        self.assertEqual(self.engine.cli("exec", container, "/app.wasm", "nonsense", check=False).returncode, 2)
        refused = self.engine.cli("exec", container, "ls", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("what can be run in a container of a WebAssembly module", refused.stdout + refused.stderr)

    def test_exec_where_the_image_has_a_shell(self):
        """A guest could have written it, or what it loads: it runs where the operator says so, and no health check goes by it."""
        folder = self.engine.image_folder(SHELL_IMAGE)
        shutil.copy("/bin/busybox", folder / "busybox")
        self.engine.build_folder("shell", folder)
        container = self.background("shell")
        run = lambda command: self.engine.cli("exec", container, "sh", "-c", command, check=False)
        for command in ("echo $((6 * 7))", "/bin/sh"):
            refused = run(command)
            self.assertEqual(refused.returncode, 126, refused.stderr)
            self.assertIn("exec_programs", refused.stdout + refused.stderr)
        self.wait_for_health(container)
        self.engine.configure_runtime({"exec_programs": True})
        try:
            self.assertEqual(run("echo $((6 * 7))").stdout, "42\n")
            self.assertEqual(run("echo two words").stdout, "two words\n")
            # No file of the image has this name, so the shell would not find it.
            self.assertEqual(run("shallop health 8080").returncode, 0)
            self.assertEqual(run("exec shallop health 8080").returncode, 127)
        finally:
            self.engine.configure_runtime({})

    def test_healthcheck(self):
        container, _ = self.service()
        self.wait_for_health(container)

    def test_stats_top_and_pause(self):
        container, port = self.service()
        self.assertIn("%", self.engine.cli("stats", "--no-stream", container).stdout)
        self.assertIn("/dev/.shallop/shallop", self.engine.cli("top", container).stdout)
        self.engine.cli("pause", container)
        self.engine.cli("unpause", container)
        self.assertIn("Hello", engine.fetch(port))

    def test_a_linux_program_is_left_alone(self):
        folder = self.engine.image_folder('FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n')
        shutil.copy(engine.BINARIES / "shallop-run", folder / "program")
        self.engine.build_folder("linux", folder)
        self.assertIn("shallop run", self.once("linux", "--help").stdout)

    def test_what_cannot_be_run_says_why(self):
        for file, status, words in (
            ("/component.wasm", 126, "it is a WebAssembly component"),
            ("/text.wasm", 126, "does not begin with"),
            ("/cut.wasm", 126, "it is the beginning of a WebAssembly module"),
            ("/absent.wasm", 127, "no such file or directory"),
            ("/native.wasm", 126, "it is named .wasm, and is a native program"),
        ):
            with self.subTest(file):
                result = self.once("bad", options=("--entrypoint", file), check=False)
                self.assertIn(words, result.stderr)
                self.assertEqual(result.returncode, status, result.stderr)

    def test_what_the_runner_refuses_is_a_sentence_in_the_log(self):
        """What takes reading a whole module is judged inside of the container: the engine has started it by then."""
        for file, words in (("/import.wasm", "import m.no"), ("/invalid.wasm", "invalid: type mismatch")):
            with self.subTest(file):
                container = self.background("bad", options=("--network", "none", "--entrypoint", file))
                engine.wait_until(lambda: self.state(container, "State.Running") == "false", 10, "the container's end")
                log = self.engine.cli("logs", container).stderr
                self.assertIn(words, log)
                self.assertEqual((log.count("\n"), self.state(container, "State.ExitCode")), (1, "126"), log)

    def test_an_image_cannot_configure_the_runtime(self):
        self.engine.build(
            "hostile",
            "FROM scratch\nCOPY probe.wasm /app.wasm\nENV SHALLOP_ALLOW_NATIVE=1 SHALLOP_WORKERS=none\n"
            'LABEL dev.shallop.allow_native=true\nENTRYPOINT ["/app.wasm"]\n',
        )
        self.engine.configure_runtime({"container_settings": ["mode"]})
        try:
            self.assertEqual(self.once("hostile", "x").stdout, "/app.wasm\nx\n")
        finally:
            self.engine.configure_runtime({})
        self.assertIn("--workers: 'none'", self.once("hostile", "x", check=False).stderr)

    def test_the_guest_does_not_reach_the_sandbox_through_the_root(self):
        for path in ("/proc/self/mem", "/proc/self/environ", "/sys/kernel/notes"):
            for what in ("cat", "write"):
                result = self.once("probe", what, path, check=False)
                self.assertEqual((result.returncode, result.stdout), (1, ""), f"{what} {path}")
        self.assertEqual(self.once("probe", "write", "/dev/.shallop/shallop", check=False).returncode, 1)

    def test_a_guest_with_the_root_cannot_become_a_native_program(self):
        """It may write to its files, but neither to its module nor to what runs it; and nothing that it writes is executed."""
        for what, words in (
            ("the module", ("write", "/app.wasm")),
            ("the module's name", ("rename", "/new", "/app.wasm")),
            ("the runner's directory", ("rename", "/dev/.shallop", "/dev/other")),
            ("the runner", ("rename", "/dev/.shallop/shallop", "/dev/other")),
        ):
            with self.subTest(what):
                self.assertEqual(self.once("probe", *words, check=False).returncode, 1)
        container = self.background("probe", "spin")
        shell = self.engine.folder / "sh"
        shutil.copy(engine.BINARIES / "shallop-run", shell)
        self.engine.cli("cp", shell, f"{container}:/sh")
        refused = self.engine.cli("exec", container, "/sh", "-c", "exit", check=False)
        self.assertEqual(refused.returncode, 126, refused.stderr)
        self.assertIn("exec_programs", refused.stdout + refused.stderr)

    def test_a_module_that_was_exchanged_for_a_program_is_not_started_again(self):
        volume = self.engine.folder / "exchanged"
        volume.mkdir(exist_ok=True)
        shutil.copy(engine.PROBE, volume / "app.wasm")
        options = ("--network", "none", "-v", f"{volume}:/vol", "--entrypoint", "/vol/app.wasm")
        container = self.background("probe", "exit", "0", options=options)
        engine.wait_until(lambda: self.state(container, "State.Running") == "false", 10, "the end of the first run")
        shutil.copy(engine.BINARIES / "shallop-run", volume / "app.wasm")
        result = self.engine.cli("start", "-a", container, check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("is a native program", result.stdout + result.stderr)

    def test_a_socket_of_the_host(self):
        """The service in a container without any network, on a socket that the host opened for it."""
        port = engine.free_port()
        options = ("--network", "none", "-e", f"SHALLOP_LISTEN=127.0.0.1:{port}")
        refused = self.once("service", options=options[2:], check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(f"this host does not allow 127.0.0.1:{port}", refused.stdout + refused.stderr)
        self.engine.configure_runtime({"listen": ["127.0.0.1:1024-65535"]})
        try:
            container = self.background("service", options=options)
            self.assertIn("Hello", engine.fetch(port))
            taken = self.once("service", options=options[2:], check=False)
            self.assertIn("Address already in use", taken.stdout + taken.stderr)
            self.engine.cli("restart", container)
            self.assertIn("Hello", engine.fetch(port))
            self.engine.cli("stop", container)
            with self.assertRaises(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
        finally:
            self.engine.configure_runtime({})

    def test_first_start_is_compiled_for_and_second_is_native(self):
        if not (engine.BINARIES / "shallop-compiler").exists():
            self.skipTest("built without the compiler")
        options = ("--network", "none", "-e", "SHALLOP_VERBOSE=1")
        first = self.background("service", "8080", options=options)
        said = ("native code from now on", "native code of the host's store")
        is_native = lambda: any(words in self.engine.cli("logs", first).stderr for words in said)
        engine.wait_until(is_native, 60, "native code in the first container")
        second = self.background("service", "8080", options=options)
        log = engine.wait_until(lambda: self.engine.cli("logs", second).stderr, 10, "the second container's engine")
        self.assertIn("native code of the host's store", log)
