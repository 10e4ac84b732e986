# SPDX-License-Identifier: Apache-2.0
"""What a container costs: starts, stops and requests, against the same service bare and against the native one in the same kind
of container. Engines are started privately (tests/containers); for root, with the packages of `./dev test containers`. Takes some
five minutes; `./dev bench containers PIECE...` does a piece alone: added, starts, requests, sizes. Medians of what was measured by
turns, with the spread, and whether the bars of docs/containers.md are met; raw results in build/bench/containers.json."""

import contextlib
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, "tests/containers")

import checks  # noqa: E402
import docker_test  # noqa: E402
import engine  # noqa: E402
import podman_test  # noqa: E402

ROUNDS = 4
LOADS = 6
LOAD_SECONDS = 1
STARTS = 7
NATIVE = engine.EXAMPLES / "http_service_static"
results = {}


def spread(values, digits):
    """The least and the greatest, and where there are many the bounds of the middle half."""
    whole = f"{min(values):.{digits}f} to {max(values):.{digits}f}"
    if len(values) < 8:
        return f"({whole})"
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    return f"({whole}, half in {lower:.{digits}f} to {upper:.{digits}f})"


def show(name, values, unit):
    """One line: median and spread."""
    results[name] = {"unit": unit, "values": values}
    print(f"{name:<62} {statistics.median(values):>10.2f} {unit:<4} {spread(values, 2)}", flush=True)


def judge(what, values, bar, unit, at_most=True):
    """A figure that has a bar: the median of what was measured in pairs."""
    results[what] = {"unit": unit, "values": values, "bar": bar}
    median = statistics.median(values)
    is_met = median <= bar if at_most else median >= bar
    limit = f"{'at most' if at_most else 'at least'} {bar}"
    print(f"{what:<62} {median:>10.3f} {unit:<4} {spread(values, 3)}, {limit}: {'met' if is_met else 'MISSED'}", flush=True)


# --- What the runtime adds to a start ---


def append_section(module, length):
    """A custom section without a name, of random bytes."""
    size = bytes([length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14 & 0x7F | 0x80, length >> 21 & 0x7F | 0x80, length >> 28])
    with module.open("ab") as file:
        file.write(b"\0" + size + b"\0" + os.urandom(length - 1))


def measure_added_time():
    """`shallop-oci create` before a runtime that does nothing, against that runtime alone. The module's code is in the store."""
    # Engines keep bundles in /run, which is memory.
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        bundle = pathlib.Path(folder)
        (bundle / "rootfs").mkdir()
        shutil.copy(engine.SERVICE, bundle / "rootfs/app.wasm")
        subprocess.run(["runc", "spec"], cwd=bundle, check=True)
        config = json.loads((bundle / "config.json").read_text())
        config["process"] |= {"args": ["/app.wasm", "8080"], "terminal": False}
        original = json.dumps(config)
        (bundle / "oci.json").write_text(json.dumps({"native_store": f"{folder}/store"}))
        environment = {"PATH": engine.PATH, "SHALLOP_OCI_CONFIG": f"{folder}/oci.json", "SHALLOP_OCI_RUNTIME": "/usr/bin/true"}

        def once(program):
            (bundle / "config.json").write_text(original)
            before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run([program, "create", "--bundle", folder, "x"], env=environment, check=True)
            elapsed, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
            return elapsed * 1e3, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3

        once(engine.BINARIES / "shallop-oci")
        engine.wait_until(lambda: list(bundle.glob("store/*/*.native")), 60, "the module's native code")
        alone, added = [], []
        for _ in range(100):
            alone.append(once("/usr/bin/true"))
            added.append(once(engine.BINARIES / "shallop-oci"))
        # The whole module is read for its SHA-256. The longer ones are not compiled.
        (bundle / "oci.json").write_text(json.dumps({"native_store": f"{folder}/store", "compiler": "/usr/bin/false"}))
        longer = {}
        for megabytes in (1, 5, 20):
            shutil.copy(engine.SERVICE, bundle / "rootfs/app.wasm")
            append_section(bundle / "rootfs/app.wasm", megabytes * 1_000_000)
            once(engine.BINARIES / "shallop-oci")
            engine.wait_until(lambda: len(list(bundle.glob("store/*/failed"))) > len(longer), 60, "the end of the compiler")
            longer[megabytes] = [once(engine.BINARIES / "shallop-oci")[1] for _ in range(20)]
    pairs = [(with_it[0] - without[0], with_it[1] - without[1]) for with_it, without in zip(added, alone)]
    judge("added to a start by shallop-oci, elapsed", [pair[0] for pair in pairs], 3, "ms")
    show("added to a start by shallop-oci, processor time", [pair[1] for pair in pairs], "ms")
    short = statistics.median(processor for _, processor in added)
    for megabytes, values in longer.items():
        show(f"the same for each MB of a module with {megabytes} MB more", [(value - short) / megabytes for value in values], "ms")


# --- Requests ---


class Server:
    """A service that listens on `port`; `pid` is its process on this machine."""

    def __init__(self, port, pid, stop):
        self.port, self.pid, self.stop = port, pid, stop
        engine.fetch(port)

    def processor_seconds(self):
        """Of the threads that run now; to the nanosecond, as a load is too short for /proc/PID/stat (proc(5))."""
        threads = pathlib.Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def bare(store):
    port = engine.free_port()
    process = subprocess.Popen(
        [engine.BINARIES / "shallop-run", "--net", "--engine=native", f"--native-store={store}", engine.SERVICE, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return Server(port, process.pid, lambda: (process.terminate(), process.wait()))


def bare_native():
    port = engine.free_port()
    process = subprocess.Popen([NATIVE, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Server(port, process.pid, lambda: (process.terminate(), process.wait()))


def contained(made, image, *options, words=lambda port: ["8080"], published=False):
    port = engine.free_port()
    network = ("-p", f"127.0.0.1:{port}:8080") if published else ("--network", "host")
    container = made.cli("run", "-d", *network, *options, image, *words(port)).stdout.strip()
    pid = int(made.cli("inspect", "-f", "{{.State.Pid}}", container).stdout)
    return Server(port, pid, lambda: made.cli("rm", "-f", container))


def load(server):
    """Processor time per request of server and client together, in microseconds, and requests a second."""
    before_client, before_server = resource.getrusage(resource.RUSAGE_CHILDREN), server.processor_seconds()
    output = subprocess.run(
        ["wrk", "-t1", "-c8", f"-d{LOAD_SECONDS}s", f"http://127.0.0.1:{server.port}/"], capture_output=True, text=True, check=True
    ).stdout
    after_client, after_server = resource.getrusage(resource.RUSAGE_CHILDREN), server.processor_seconds()
    requests = int(next(line.split()[0] for line in output.splitlines() if " requests in " in line))
    rate = float(next(line.split()[1] for line in output.splitlines() if line.startswith("Requests/sec")))
    client = after_client.ru_utime + after_client.ru_stime - before_client.ru_utime - before_client.ru_stime
    return (client + after_server - before_server) / requests * 1e6, rate


def kinds_of_servers(docker, podman):
    """Each a function that starts one. Those called native are the same source as a program, in the same kind of container."""
    store = next((docker.folder / "native").glob("*/*.native")).parent
    here = lambda port: [str(port)]
    module = ("--runtime", "shallop")
    unconfined = ("--security-opt", "seccomp=unconfined")
    kinds = {
        "bare": lambda: bare(store),
        "docker, host network": lambda: contained(docker, "service", *module, words=here),
        "docker, host network, no seccomp": lambda: contained(docker, "service", *module, *unconfined, words=here),
        "docker, published port": lambda: contained(docker, "service", *module, published=True),
        "podman, host network": lambda: contained(podman, "service", words=here),
    }
    if NATIVE.exists():
        kinds["native, bare"] = bare_native
        kinds["native, docker, host network"] = lambda: contained(docker, "native", words=here)
        kinds["native, docker, published port"] = lambda: contained(docker, "native", published=True)
    return kinds


def measure_requests(docker, podman):
    kinds = kinds_of_servers(docker, podman)
    costs, rates = {name: [] for name in kinds}, {name: [] for name in kinds}
    for _ in range(ROUNDS):
        # All run at once and are loaded by turns, a second each: what the machine does besides changes in seconds, so that
        # only neighbours can be compared. They start anew each round, as where a program happens to lie is worth something, too.
        with contextlib.ExitStack() as running:
            servers = {}
            for name, start in kinds.items():
                servers[name] = start()
                running.callback(servers[name].stop)
            for _ in range(LOADS):
                for name in random.sample(list(kinds), len(kinds)):
                    cost, rate = load(servers[name])
                    costs[name].append(cost)
                    rates[name].append(rate)
    for name in kinds:
        show(f"processor time per request, {name}", costs[name], "us")
    for name in kinds:
        show(f"requests per second, {name}", rates[name], "1/s")
    ratios = lambda of, to: [a / b for a, b in zip(of, to)]
    for name, bar in (("docker, host network", 1.08), ("podman, host network", 1.08), ("docker, published port", 1.2)):
        judge(f"processor time per request over bare, {name}", ratios(costs[name], costs["bare"]), bar, "x")
    if NATIVE.exists():
        for place in ("docker, host network", "docker, published port"):
            judge(f"requests per second over native, {place}", ratios(rates[place], rates[f"native, {place}"]), 0.95, "x", at_most=False)
        for place in ("docker, host network", "docker, published port"):
            show(f"processor time per request over bare, native, {place}", ratios(costs[f"native, {place}"], costs["native, bare"]), "x")


# --- Starts and stops ---


def start_and_stop(docker, image, *options):
    """Milliseconds from `docker run` to the first response, and of `docker stop`."""
    port = engine.free_port()
    begin = time.perf_counter()
    container = docker.cli("run", "-d", "--network", "host", *options, image, str(port)).stdout.strip()
    engine.fetch(port)
    started = time.perf_counter()
    # The native service does not listen to SIGTERM, which a container's first process has to; it is killed after this.
    docker.cli("stop", "-t", "2", container)
    stopped = time.perf_counter()
    docker.cli("rm", container)
    return (started - begin) * 1e3, (stopped - started) * 1e3


def measure_starts(docker):
    kinds = {"module under shallop-oci": ("service", "--runtime", "shallop")}
    if NATIVE.exists():
        kinds["native service under runc"] = ("native",)
    times = {name: [] for name in kinds}
    for _ in range(STARTS):
        for name, words in kinds.items():
            times[name].append(start_and_stop(docker, *words))
    for name, pairs in times.items():
        show(f"docker run to first response, {name}", [pair[0] for pair in pairs], "ms")
        show(f"docker stop, {name}", [pair[1] for pair in pairs], "ms")
    module = times["module under shallop-oci"]
    if NATIVE.exists():
        native = times["native service under runc"]
        judge("docker run to first response, module less native", [a[0] - b[0] for a, b in zip(module, native)], 60, "ms")
    judge("docker stop, module", [pair[1] for pair in module], 500, "ms")


def measure_first_start(docker):
    """From the very first start of a module to native code in its container."""
    begin = time.perf_counter()
    container = docker.cli("run", "-d", "--network", "none", "--runtime", "shallop", "-e", "SHALLOP_VERBOSE=1", "service").stdout.strip()
    engine.wait_until(lambda: "native code from now on" in docker.cli("logs", container).stderr, 60, "native code")
    judge("first start of a module to native code in its container", [time.perf_counter() - begin], 10, "s")
    docker.cli("rm", "-f", container)


# --- Images ---


def measure_sizes(folder):
    for name, options in (("runner and module", ()), ("runner, module and native code", ("--native",)), ("the module alone", ("--module-only",))):
        archive = pathlib.Path(folder) / "image.tar"
        subprocess.run([engine.BINARIES / "shallop", "pack", engine.SERVICE, "-o", archive, *options], check=True, stdout=subprocess.DEVNULL)
        judge(f"size of the image with {name}", [archive.stat().st_size / 1e6], 8, "MB")


# --- All of it ---


@contextlib.contextmanager
def docker_with_images():
    docker = docker_test.Docker()
    try:
        checks.build_images(docker)
        if NATIVE.exists():
            folder = docker.image_folder('FROM scratch\nCOPY native /native\nENTRYPOINT ["/native"]\nCMD ["8080"]\n')
            shutil.copy(NATIVE, folder / "native")
            docker.build_folder("native", folder)
        else:
            print(f"left out: {NATIVE} is not built, so there is no native service to compare with in a container")
        measure_first_start(docker)
        yield docker
    finally:
        docker.stop()


@contextlib.contextmanager
def podman_with_images():
    podman = podman_test.Podman()
    try:
        checks.build_images(podman)
        contained(podman, "service", words=lambda port: [str(port)]).stop()  # its store is filled
        engine.wait_until(lambda: list(podman.folder.glob("native/*/*.native")), 60, "podman's native code")
        yield podman
    finally:
        podman.stop()


PIECES = ("added", "starts", "requests", "sizes")


def main():
    # Whoever ends it is to find no engine running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before all was measured"))
    pieces = sys.argv[1:] or PIECES
    if unknown := set(pieces) - set(PIECES):
        sys.exit(f"there is no piece {', '.join(unknown)}: the pieces are {', '.join(PIECES)}")
    engine.require("dockerd", "containerd", "podman", "buildah", "runc", "netavark", "iptables", "ip", "wrk")
    print(f"load average before: {os.getloadavg()[0]:.1f}; {os.cpu_count()} processors")
    if "added" in pieces:
        measure_added_time()
    if "sizes" in pieces:
        with tempfile.TemporaryDirectory() as folder:
            measure_sizes(folder)
    if "starts" in pieces or "requests" in pieces:
        with docker_with_images() as docker:
            if "starts" in pieces:
                measure_starts(docker)
            if "requests" in pieces:
                with podman_with_images() as podman:
                    measure_requests(docker, podman)
    pathlib.Path("build/bench").mkdir(parents=True, exist_ok=True)
    pathlib.Path("build/bench/containers.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
