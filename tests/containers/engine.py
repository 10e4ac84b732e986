# SPDX-License-Identifier: Apache-2.0
"""Engines started privately, each in a folder of its own: what the scripts of this folder have in common.

Everything that an engine makes (sockets, state, images, mounts) is beneath one folder, so that stopping is a signal to the process
that was started, and clearing up is a look for what names the folder."""

import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

BINARIES = pathlib.Path(os.environ.get("SHALLOP_BINARIES", "build/release/bin")).resolve()
EXAMPLES = pathlib.Path(os.environ.get("SHALLOP_EXAMPLES", "build/release/examples")).resolve()
PROBE = pathlib.Path(os.environ.get("SHALLOP_PROBE", "build/release/tests/containers/probe.wasm")).resolve()
DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
SERVICE = EXAMPLES / "http_service.wasm"
SKIPPED = 77  # ctest's word for it, by SKIP_RETURN_CODE

# Engines of another version than the machine's: a folder where their packages are unpacked (docs/containers.md). What is not there
# is the machine's.
UNPACKED = os.environ.get("SHALLOP_ENGINES", "").rstrip("/")
# The engines' own programs, before what else a machine may have under these names.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
if UNPACKED:
    PATH = f"{UNPACKED}/usr/sbin:{UNPACKED}/usr/bin:{PATH}"


def tell_skipped(reason):
    """At a script's beginning: of the output of a script that passes, only that is kept for the summary."""
    print(f"!! SKIPPED: {reason}", flush=True)


def skip(reason):
    """The whole script."""
    tell_skipped(reason)
    sys.exit(SKIPPED)


def find_program(name):
    return shutil.which(name, path=f"{PATH}:/usr/lib/podman:/usr/libexec/podman")


def require(*programs):
    """Skips the whole script, loudly, where an engine cannot be had."""
    if os.geteuid() != 0:
        skip("container engines are started as root, and this is another user")
    for program in programs:
        if not find_program(program):
            skip(f"there is no {program} (./dev test containers installs it)")
    if UNPACKED and not find_program(programs[0]).startswith(UNPACKED):
        skip(f"{UNPACKED} (SHALLOP_ENGINES) has no {programs[0]}")
    if not pathlib.Path("/dev/null").is_char_device():
        skip("/dev/null is no device on this machine, and containers need it")
    for file in (BINARIES / "shallop-oci", BINARIES / "shallop-run", PROBE, SERVICE):
        if not file.exists():
            skip(f"{file} is not built")


def has_processor_feature(name):
    with open("/proc/cpuinfo") as processors:
        return any(name in line.split() for line in processors if line.startswith("flags"))


def find_emulator():
    """A static program that runs another as on a processor of one's choice (qemu-user-static, or qemu-user of Debian 13): large, so it
    is used where it is there."""
    return os.environ.get("SHALLOP_EMULATOR") or find_program("qemu-x86_64-static") or find_program("qemu-x86_64")


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port, path="/", seconds=10):
    """The body at http://127.0.0.1:port/path, once somebody answers."""

    def ask():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
                return response.read().decode() or " "
        except OSError:
            return None

    return wait_until(ask, seconds, f"an answer on port {port}")


class Engine:
    """A folder, the environment of the engine's programs, and the processes that were started."""

    def __init__(self, name):
        # Short: the path of a socket has 107 bytes at most.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"sh-{name}-", dir="/tmp"))
        self.environment = {"PATH": PATH, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        self.processes = []
        self.network = MachineNetwork()
        self.configure_runtime({})

    def configure_runtime(self, members):
        """What the operator says to shallop-oci."""
        operator = {"native_store": str(self.folder / "native"), **members}
        (self.folder / "oci.json").write_text(json.dumps(operator))
        self.environment["SHALLOP_OCI_CONFIG"] = str(self.folder / "oci.json")

    def start(self, *command):
        with open(self.folder / "log", "ab") as log:
            self.processes.append(
                subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            )

    def run(self, *command, check=True, variables=None, **options):
        """The finished process, its output as text; variables come on top of the engine's."""
        environment = self.environment | (variables or {})
        result = subprocess.run(
            [str(word) for word in command], env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, **options
        )
        if check and result.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def install_shims(self):
        """Where engines look for them, as docs/containers.md says, but that the folder is another."""
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "runc").symlink_to(BINARIES / "shallop-oci")
        shim = (DEPLOY / "containerd/containerd-shim-shallop-v1").read_text()
        for name in ("shallop", "wasmedge"):
            file = self.folder / f"shims/containerd-shim-{name}-v1"
            file.parent.mkdir(exist_ok=True)
            file.write_text(shim.replace("/usr/libexec/shallop/bin", str(programs)))
            file.chmod(0o755)
        self.environment["PATH"] = f"{self.folder}/shims:{self.environment['PATH']}"

    def image_folder(self, instructions):
        """A folder to build an image in: the probe, the service and a Dockerfile."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copy(PROBE, folder / "probe.wasm")
        shutil.copy(SERVICE, folder / "service.wasm")
        (folder / "text.wasm").write_text("hello\n")
        (folder / "component.wasm").write_bytes(b"\0asm\x0d\0\1\0")
        # (import "m" "no" (func)) (func (export "_start"))
        (folder / "import.wasm").write_bytes(
            bytes.fromhex("0061736d01000000" "010401600000" "020801016d026e6f0000" "03020100" "070a01065f73746172740001" "0a040102000b")
        )
        (folder / "cut.wasm").write_bytes(PROBE.read_bytes()[:-100])
        # (func (export "_start") i32.const 0)
        (folder / "invalid.wasm").write_bytes(
            bytes.fromhex("0061736d01000000" "010401600000" "03020100" "070a01065f73746172740000" "0a0601040041000b")
        )
        shutil.copy(BINARIES / "shallop-run", folder / "native.wasm")
        (folder / "Dockerfile").write_text(instructions)
        return folder

    def stop(self):
        """Ends what was started and takes away what it left. What cannot be taken away is an error."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for _ in range(3):
            for mount in self.mounts():
                subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
        self.network.restore()
        left = self.mounts() + self.left_processes()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.exists():
            left.append(str(self.folder))
        if left:
            raise AssertionError(f"left behind: {left}")

    def mounts(self):
        with open("/proc/self/mounts") as table:
            return sorted((line.split()[1] for line in table if str(self.folder) in line.split()[1]), reverse=True)

    def find_processes(self):
        """Those that name the folder: what they are called with, by their number."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if entry.name.isdigit() and str(self.folder).encode() in words:
                found[int(entry.name)] = words.decode(errors="replace")
        return found

    def left_processes(self):
        """An engine's helpers need a moment to end."""
        for _ in range(100):
            if not self.find_processes():
                return []
            time.sleep(0.1)
        return [f"process {number}: {words}" for number, words in self.find_processes().items()]


class MachineNetwork:
    """The machine's bridges, firewall rules and forwarding as they were before an engine came, to be made so again."""

    TABLES = ("filter", "nat")
    LINKS = ("docker0", "podman0", "shtest0")
    FORWARDING = pathlib.Path("/proc/sys/net/ipv4/ip_forward")

    def __init__(self):
        self.rules = {table: self._rules(table) for table in self.TABLES}
        self.links = self._links()
        self.forwarding = self.FORWARDING.read_text()

    def restore(self):
        for link in self._links() - self.links:
            subprocess.run(["ip", "link", "del", link], check=False, capture_output=True)
        for table in self.TABLES:
            new = [rule for rule in self._rules(table) if rule not in self.rules[table]]
            for rule in new:
                if rule.startswith("-A"):
                    self._iptables(table, "-D", *shlex.split(rule)[1:])
            for action in ("-F", "-X"):
                for rule in new:
                    if rule.startswith("-N"):
                        self._iptables(table, action, rule.split()[1])
            for rule in self.rules[table]:
                if rule.startswith("-P"):
                    self._iptables(table, *rule.split())
        self.FORWARDING.write_text(self.forwarding)

    def _links(self):
        return {link for link in self.LINKS if pathlib.Path("/sys/class/net", link).exists()}

    @staticmethod
    def _iptables(table, *words):
        return subprocess.run(["iptables", "-t", table, *words], capture_output=True, text=True, check=False)

    def _rules(self, table):
        return self._iptables(table, "-S").stdout.splitlines()


def main():
    unittest.main(verbosity=2)
