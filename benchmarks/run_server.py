#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads the example service natively and as Wasm, side by side, and a minimal native server to hold the native one against.

In every round each variant gets the same load for the same time, in an order that changes from round to round, by a
process that was started for it: so no place in memory that one happened to get decides. Ratios are taken within a round.
The server has one core to itself and `shallop bench` the other, where there are two. A server's processor time per request
is the harder measure: it does not depend on which of the two cores is the slower. The last table holds the figures against
what they have to show.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

from measuring import describe_machine, describe_versions, fail, print_table, progress, progress_end

TICKS = os.sysconf("SC_CLK_TCK")
SYSCALL_REQUESTS = 2000
SYSCALL_IDLE = (0, 64, 900)  # tcp_echo takes 1,000


# A request, and what the last bytes of its answer are.
HTTP = (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"Hello from GET request")
ECHO = (b"the same again", b"the same again")  # of tcp_echo, which waits by poll: poll_oneoff as a guest


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", metavar="DIR", help="build directory (build/release)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds of each load (5)")
    parser.add_argument("--seconds", type=int, default=3, metavar="N", help="of each load in each round (3)")
    parser.add_argument("--seed", type=int, default=1, help="of the order of variants (1)")
    parser.add_argument("--only", action="append", metavar="LOAD", help="this load only: c1 c8 c512 heavy workers idle syscalls")
    parser.add_argument("--idle", type=int, default=10000, metavar="N", help="idle connections of the load 'idle' (10000)")
    parser.add_argument("--json", default="build/bench/server.json", metavar="FILE", help="where raw results go")
    return parser.parse_args()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Variant:
    """One server process that listens on a port of its own."""

    def __init__(self, name, command, cores, exchange=HTTP):
        self.name = name
        self.command = command
        self.cores = cores
        self.exchange = exchange
        self.start()

    def start(self):
        self.port = free_port()
        self.process = subprocess.Popen([*self.command, str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        preexec_fn=lambda: os.sched_setaffinity(0, self.cores))
        deadline = time.monotonic() + 20
        while True:
            try:
                self.check()
                return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    fail(f"{self.name} did not start ({' '.join(self.command)}): {error}")
                time.sleep(0.02)

    def check(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            keep_alive_requests(client, 1, self.exchange)

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self):
        self.stop()
        self.start()


def load(options, variant, path, connections, cores):
    before = variant.cpu_s()
    done = subprocess.run([os.path.join(options.build, "bin", "shallop"), "bench", "-t", "1", "-c", str(connections), "-d",
                           f"{options.seconds}s", "--timeout", "10s", "--json", "--quiet", "--max-errors", "0",
                           "--expect-status", "200", "-h", f"http://127.0.0.1:{variant.port}{path}"],
                          capture_output=True, text=True, check=False, preexec_fn=lambda: os.sched_setaffinity(0, cores))
    after = variant.cpu_s()
    if done.returncode != 0:
        fail(f"loading {variant.name} with {connections} connections: {done.stderr.strip() or done.stdout[:300]}")
    result = json.loads(done.stdout)
    details = result["shallop"]
    return {"rate": details["completed"] * 1e9 / details["window_ns"],
            "p50": details["response"]["percentiles_ns"]["p50"] / 1e6,
            "p99": details["response"]["percentiles_ns"]["p99"] / 1e6,
            "cpu_us": 1e6 * (after - before) / max(details["completed"], 1)}


def spread(values):
    return f"{min(values):.3f}-{max(values):.3f}"


def report(title, names, reference, rounds):
    """rounds: a list of {variant: result}; ratios to `reference` round by round."""
    print(f"\n{title}")
    rows = []
    for name in names:
        ratios = [each[name]["rate"] / each[reference]["rate"] for each in rounds]
        slower = [each[name]["p99"] / each[reference]["p99"] for each in rounds]
        cpu = [each[reference]["cpu_us"] / each[name]["cpu_us"] if each[name]["cpu_us"] else 1 for each in rounds]
        median = {key: statistics.median(each[name][key] for each in rounds) for key in ("rate", "p50", "p99", "cpu_us")}
        rows.append([name, f"{median['rate']:,.0f}", f"{statistics.median(ratios):.3f}", spread(ratios),
                     f"{median['p50']:.3f}", f"{median['p99']:.3f}", f"{statistics.median(slower):.2f}",
                     f"{median['cpu_us']:.2f}", f"{statistics.median(cpu):.3f}"])
    print_table(["variant", "requests/s", f"of {reference}", "spread", "p50 ms", "p99 ms", "p99 ratio", "CPU us/request",
                 "by CPU"], rows)


def alternate(options, variants, names, measure):
    order = random.Random(options.seed)
    rounds = []
    for number in range(options.rounds):
        turn = list(names)
        order.shuffle(turn)
        results = {}
        for name in turn:
            progress(f"round {number + 1}/{options.rounds}: {name}")
            variants[name].restart()
            results[name] = measure(variants[name])
        rounds.append(results)
    progress_end()
    return rounds


def keep_alive_requests(connection, count, exchange=HTTP):
    request, answer_end = exchange
    for _ in range(count):
        connection.sendall(request)
        answer = b""
        while not answer.endswith(answer_end):
            part = connection.recv(4096)
            if not part:
                fail("the connection was closed under a request")
            answer += part


def syscalls_per_request(variant, idle, exchange):
    """strace's count over keep-alive requests on one connection, while `idle` others are open."""
    others = [socket.create_connection(("127.0.0.1", variant.port)) for _ in range(idle)]
    for other in others:
        keep_alive_requests(other, 1, exchange)
    with socket.create_connection(("127.0.0.1", variant.port)) as connection:
        keep_alive_requests(connection, 10, exchange)
        strace = subprocess.Popen(["strace", "-f", "-c", "-q", "-p", str(variant.process.pid)], stderr=subprocess.PIPE,
                                  text=True)
        time.sleep(1)
        keep_alive_requests(connection, SYSCALL_REQUESTS, exchange)
        strace.send_signal(signal.SIGINT)
        output = strace.communicate()[1]
    close_at_once(others)
    counts = {}
    for line in output.splitlines():
        fields = line.split()
        if len(fields) >= 5 and fields[0].replace(".", "").isdigit() and fields[-1] != "total":
            counts[fields[-1]] = int(fields[3])
    return {name: count / SYSCALL_REQUESTS for name, count in counts.items() if count >= SYSCALL_REQUESTS / 100}


def close_at_once(connections):
    """By a reset: none of their ports waits."""
    for each in connections:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        each.close()


def idle_connections(variant, count):
    held = []
    for _ in range(count):
        try:
            held.append(socket.create_connection(("127.0.0.1", variant.port), timeout=5))
        except OSError as error:
            print(f"only {len(held)} idle connections to {variant.name}: {error}", file=sys.stderr)
            break
        keep_alive_requests(held[-1], 1)
    return held


def main():
    options = parse_arguments()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    cores = sorted(os.sched_getaffinity(0))
    server_cores, load_cores = ({cores[-1]}, {cores[0]}) if len(cores) > 1 else (set(cores), set(cores))
    shallop = os.path.join(options.build, "bin", "shallop")
    service = os.path.join(options.build, "examples", "http_service")
    minimal = os.path.join(options.build, "benchmarks", "minimal_server")
    engines = {"native code": "native", "interpreted": "interpreter"}
    help_text = subprocess.run([shallop, "run", "--help"], capture_output=True, text=True, check=False).stdout
    if "native" not in help_text:
        del engines["native code"]
    commands = {"native": [service], "minimal": [minimal]}
    for name, engine in engines.items():
        commands[name] = [shallop, "run", "--engine", engine, "--net", service + ".wasm"]
    for needed in (shallop, service, service + ".wasm", minimal):
        if not os.path.exists(needed):
            fail(f"{needed} is not built; './dev bench' builds it")

    def wanted(name):
        return not options.only or name in options.only

    raw = {}
    variants = {}
    try:
        for name, command in commands.items():
            variants[name] = Variant(name, command, server_cores)
        names = list(variants)
        for key, path, connections in (("c8", "/", 8), ("c512", "/", 512), ("c1", "/", 1), ("heavy", "/heavy", 8)):
            if not wanted(key):
                continue
            some = [name for name in names if name != "minimal"] if path == "/heavy" else names
            raw[key] = alternate(options, variants, some,
                                 lambda v, p=path, c=connections: load(options, v, p, c, load_cores))
            report(f"{path}, {connections} connections", some, "native", raw[key])
        if wanted("idle"):
            raw["idle"] = measure_idle(options, variants, load_cores)
        if wanted("syscalls"):
            raw["syscalls"] = measure_syscalls(variants | start_echo(options, shallop, engines, server_cores, variants))
    finally:
        for variant in variants.values():
            variant.stop()
    if wanted("workers"):
        raw["workers"] = measure_workers(options, shallop, service, engines, set(cores))
    os.makedirs(os.path.dirname(options.json) or ".", exist_ok=True)
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": describe_machine(), "versions": describe_versions(shallop), "rounds": raw}, file)
        file.write("\n")
    show_bars(raw)
    print(f"\nraw results: {options.json}")


def show_bars(raw):
    """What the figures have to show, and whether they do."""
    rows = []

    def bar(what, value, limit, at_most=False):
        met = value <= limit if at_most else value >= limit
        rows.append([what, f"{value:.3f}", f"{'at most' if at_most else 'at least'} {limit:.2f}", "met" if met else "MISSED"])

    def ratio(load, name, reference, key="rate"):
        return statistics.median(each[name][key] / each[reference][key] for each in raw[load])

    for load, what, least in (("c8", "8", 0.95), ("c512", "512", 0.95), ("c1", "1", 0.90)):
        if load not in raw:
            continue
        if "native code" in raw[load][0]:
            bar(f"/, {what} connections: native code's requests/s of native's", ratio(load, "native code", "native"), least)
        if load == "c8":
            if "native code" in raw[load][0]:
                bar("/, 8 connections: native code's p99 of native's", ratio(load, "native code", "native", "p99"), 1.25, True)
            bar("/, 8 connections: interpreted requests/s of native's", ratio(load, "interpreted", "native"), 0.60)
        bar(f"/, {what} connections: native's requests/s of the minimal server's", ratio(load, "native", "minimal"), 0.95)
    for name, results in (raw.get("idle") or {}).items():
        bar(f"/, 1 active among {results['idle']} idle of 1 among 10, {name}",
            statistics.median(m["rate"] / f["rate"] for f, m in zip(results["few"], results["many"])), 0.95)
    if raw.get("syscalls"):
        counts = {name: sum(each.values()) for name, each in raw["syscalls"].items()}
        for name, count in counts.items():
            variant, idle = name.split(", ")
            twin = "native tcp_echo" if variant.endswith("tcp_echo") else "native"
            if variant not in ("native", "minimal", twin):
                bar(f"system calls a request, {name}", count, counts[f"{twin}, {idle}"] + 1, True)
    if raw.get("workers"):
        for name in {key.split(",")[0] for key in raw["workers"][0]}:
            bar(f"/heavy, 2 workers of 1, {name}", ratio("workers", f"{name}, 2 workers", f"{name}, 1 workers"), 1.85)
    if rows:
        print("\nwhat the figures have to show")
        print_table(["figure", "is", "has to be", ""], rows)


def measure_idle(options, variants, load_cores):
    print(f"\n/, 1 active among {options.idle} idle connections, against 1 among 10")
    rows, raw = [], {}
    for name, variant in variants.items():
        if name == "minimal":
            continue
        few, many = [], []
        for _ in range(options.rounds):
            for count, results in ((10, few), (options.idle, many)):
                progress(f"{name}: {count} idle")
                held = idle_connections(variant, count)
                found = len(held)
                results.append(load(options, variant, "/", 1, load_cores))
                close_at_once(held)
                time.sleep(0.5)
        ratios = [m["rate"] / f["rate"] for f, m in zip(few, many)]
        raw[name] = {"few": few, "many": many, "idle": found}
        rows.append([name, f"{statistics.median(f['rate'] for f in few):,.0f}",
                     f"{statistics.median(m['rate'] for m in many):,.0f}", f"{statistics.median(ratios):.3f}",
                     spread(ratios)])
    progress_end()
    print_table(["variant", "requests/s among 10", "among many", "ratio", "spread"], rows)
    return raw


def start_echo(options, shallop, engines, cores, running):
    """The example tcp_echo in the same variants; added to `running`, so that they end with the others."""
    echo = os.path.join(options.build, "examples", "tcp_echo")
    commands = {"native tcp_echo": [echo]}
    for name, engine in engines.items():
        commands[f"{name} tcp_echo"] = [shallop, "run", "--engine", engine, "--net", echo + ".wasm"]
    started = {}
    for name, command in commands.items():
        started[name] = running[name] = Variant(name, command, cores, ECHO)
    return started


def measure_syscalls(variants):
    if not shutil.which("strace"):
        print("\nsystem calls per request: skipped, strace is missing")
        return None
    print("\nsystem calls per keep-alive request")
    rows, raw = [], {}
    for name, variant in variants.items():
        for idle in SYSCALL_IDLE:
            progress(f"{name}: {idle} idle")
            counts = syscalls_per_request(variant, idle, variant.exchange)
            raw[f"{name}, {idle} idle"] = counts
            rows.append([f"{name}, {idle} idle", f"{sum(counts.values()):.2f}",
                         "  ".join(f"{call} {count:.2f}" for call, count in sorted(counts.items()))])
    progress_end()
    print_table(["variant", "calls", "by kind"], rows)
    return raw


def measure_workers(options, shallop, service, engines, cores):
    """/heavy, which is the processor's work alone: the generator shares the cores."""
    variants = {}
    try:
        for name, engine in engines.items():
            for workers in (1, 2):
                command = [shallop, "run", "--engine", engine, "--workers", str(workers), "--net", service + ".wasm"]
                variants[f"{name}, {workers} workers"] = Variant(name, command, cores)
        rounds = alternate(options, variants, list(variants), lambda v: load(options, v, "/heavy", 8, cores))
    finally:
        for variant in variants.values():
            variant.stop()
    for name in engines:
        report(f"/heavy, 8 connections, {name}", [f"{name}, 1 workers", f"{name}, 2 workers"], f"{name}, 1 workers", rounds)
    return rounds


if __name__ == "__main__":
    sys.exit(main())
