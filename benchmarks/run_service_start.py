#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts the example service again and again, natively and compiled, and tells the time to its first answer and its memory.

The time is from before the process is started to the last byte of an answer, asked for as soon as the port can be connected
to. The memory is what is resident then; of the compiled one also what is above the guest's own memory: all but the
mapping in front of the reservation.
"""

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import time

from measuring import Run, fail, print_table, progress, progress_end

COMPILED = "build/bench/http_service.native.wasm"
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
RESERVATION_BYTES = 1 << 30  # more than that without any right to access it


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", metavar="DIR", help="build directory (build/release)")
    parser.add_argument("--starts", type=int, default=50, metavar="N", help="starts of each (50)")
    parser.add_argument("--realtime", action="store_true", help="before other processes, on a machine that others use; root only")
    return parser.parse_args()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def memory_kib(pid):
    """Resident memory, and that without the guest's own."""
    mappings = []  # start, end, permissions, resident KiB
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as file:
        for line in file:
            if head := re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) ", line):
                mappings.append([int(head.group(1), 16), int(head.group(2), 16), head.group(3), 0])
            elif line.startswith("Rss:"):
                mappings[-1][3] = int(line.split()[1])
    total = sum(each[3] for each in mappings)
    for before, after in zip(mappings, mappings[1:]):
        if after[2].startswith("---") and after[1] - after[0] > RESERVATION_BYTES and before[1] == after[0]:
            return total, total - before[3]
    return total, total


def start(command):
    port = free_port()
    begin = time.perf_counter()
    process = subprocess.Popen([*command, str(port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                    client.sendall(REQUEST)
                    answer = b""
                    while part := client.recv(4096):
                        answer += part
                break
            except ConnectionRefusedError:
                if process.poll() is not None or time.perf_counter() - begin > 10:
                    fail(f"{' '.join(command)}: does not serve")
        taken_ms = 1000 * (time.perf_counter() - begin)
        if not answer.endswith(b"Hello from GET request"):
            fail(f"{' '.join(command)}: answered {answer!r}")
        return (taken_ms, *memory_kib(process.pid))
    finally:
        process.kill()
        process.wait()


def main():
    options = parse_arguments()
    shallop = os.path.join(options.build, "bin", "shallop")
    service = os.path.join(options.build, "examples", "http_service")
    for needed in [shallop, service, service + ".wasm"]:
        if not os.path.exists(needed):
            fail(f"{needed} is not built; './dev bench' builds it")
    os.makedirs(os.path.dirname(COMPILED), exist_ok=True)
    compiled = Run([shallop, "compile", "-o", COMPILED, service + ".wasm"], 120)
    if compiled.status != 0:
        fail(compiled.first_error_line())
    commands = {"native": [service], "compiled": [shallop, "run", "--allow-native", "--require-native", "--net", COMPILED]}
    if options.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    samples = {name: [] for name in commands}
    for number in range(options.starts):
        progress(f"{number}/{options.starts} starts")
        for name, command in commands.items():
            samples[name].append(start(command))
    progress_end()
    rows = []
    for name, each in samples.items():
        times, resident, above = zip(*each)
        rows.append([name, f"{statistics.median(times):.2f}", f"{min(times):.2f}-{max(times):.2f}",
                     f"{statistics.median(resident) / 1024:.1f}", f"{statistics.median(above) / 1024:.1f}"])
    print_table(["service", "first answer ms", "lowest-highest", "RSS MiB", "less the guest's"], rows)
    print(f"{options.starts} starts each, medians; load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    sys.exit(main())
