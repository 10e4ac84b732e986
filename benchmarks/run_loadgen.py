#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds `shallop bench` against wrk and h2load: requests per second, CPU per request, resident memory.

nginx (one worker, 22 bytes of body) has the first core, the generators take turns on the last. The figures are medians over
the rounds, the ratios medians of each round's ratio, so that whatever else the machine does hits both.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from measuring import describe_machine, describe_versions, fail, print_table, progress, progress_end, version_of

NGINX = """
worker_processes 1;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_body_temp_path {directory}/a; proxy_temp_path {directory}/b; fastcgi_temp_path {directory}/c;
  uwsgi_temp_path {directory}/d; scgi_temp_path {directory}/e;
  default_type text/plain;
  server {{ listen 127.0.0.1:{http1} backlog=4096; location / {{ return 200 "Hello from GET request"; }} }}
  server {{ listen 127.0.0.1:{http2} http2 backlog=4096; location / {{ return 200 "Hello from GET request"; }} }}
}}
"""

IN_OWN_NETWORK = "SHALLOP_LOADGEN_IN_OWN_NETWORK"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", metavar="DIR", help="build directory (build/release)")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="runs of each generator (7)")
    parser.add_argument("--seconds", type=int, default=3, metavar="N", help="length of a run (3)")
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 512], metavar="N", help="how many (8 512)")
    parser.add_argument("--realtime", action="store_true",
                        help="server and generators before all other processes: on a machine that others use; root only")
    parser.add_argument("--own-network", action="store_true",
                        help="in a network namespace of its own: without the machine's packet filters, whose work for each "
                             "packet both would pay; root only")
    parser.add_argument("--json", default="build/bench/loadgen.json", metavar="FILE", help="where raw results go")
    return parser.parse_args()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def prefix(core, realtime):
    return ["taskset", "-c", str(core)] + (["chrt", "--rr", "1"] if realtime else [])


@contextlib.contextmanager
def nginx(core, realtime):
    """Yields the ports for HTTP/1.1 and HTTP/2."""
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        fail("nginx is missing: apt-get install nginx-light")
    with tempfile.TemporaryDirectory() as directory:
        ports = {"http1": free_port(), "http2": free_port()}
        configuration = os.path.join(directory, "nginx.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(NGINX.format(directory=directory, **ports))
        server = subprocess.Popen([*prefix(core, realtime), program, "-c", configuration, "-p", directory],
                                  stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", ports["http2"]), 0.1):
                    break
                time.sleep(0.02)
            else:
                fail("nginx did not start")
            yield ports
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def peak_resident_kib(process):
    with open(f"/proc/{process}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0  # it has ended before its time


class Generator:
    """Runs once: requests, seconds, CPU of user and kernel, largest resident size."""

    def __init__(self, name, command, count, seconds):
        self.name, self.command, self.count, self.seconds, self.runs = name, command, count, seconds, []

    def run(self, launch):
        begin = time.monotonic()
        child = subprocess.Popen([*launch, *self.command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 errors="replace")
        # The kernel's figure for a dead child would be Python's own size, which it had before exec().
        time.sleep(0.7 * self.seconds)
        peak_kib = peak_resident_kib(child.pid)
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - begin
        if child.returncode != 0:
            fail(f"{' '.join(self.command)}: {output.strip()[-300:]}")
        requests, rate = self.count(output)
        cpu_s = usage.ru_utime + usage.ru_stime
        self.runs.append({"requests_per_s": rate, "cpu_us_per_request": 1e6 * cpu_s / requests, "rss_mib": peak_kib / 1024,
                          "core_share": cpu_s / wall_s})


def count_wrk(output):
    if "Socket errors" in output or "Non-2xx" in output:
        fail(f"wrk had errors: {output}")
    return int(re.search(r"(\d+) requests in", output)[1]), float(re.search(r"Requests/sec: +([0-9.]+)", output)[1])


def count_h2load(output):
    done, failed = re.search(r"requests: .* (\d+) succeeded, (\d+) failed", output).groups()
    if failed != "0":
        fail(f"h2load had errors: {output}")
    return int(done), float(re.search(r", ([0-9.]+) req/s", output)[1])


def count_shallop(output):
    report = json.loads(output.strip().splitlines()[-1])
    if report["shallop"]["errors"]["total"] != 0:
        fail(f"shallop bench had errors: {report['shallop']['errors']}")
    return report["requests_total"], report["requests_avg"]


def contests(options, ports):
    """Name, ours and theirs."""
    shallop = os.path.join(options.build, "bin", "shallop-bench")
    if not os.path.exists(shallop):
        fail(f"{shallop} is not built; './dev build' builds it")
    seconds = options.seconds

    def ours(connections, url, *more):
        return Generator("shallop", [shallop, "-c", connections, "-t", "1", "-d", f"{seconds}s", "-h", url, "--json", "--quiet",
                                     *more], count_shallop, seconds)

    url = f"http://127.0.0.1:{ports['http1']}/"
    for c in map(str, options.connections):
        wrk = ["wrk", "-t1", f"-c{c}", f"-d{seconds}s", "--timeout", "10s", url]
        yield f"wrk, {c}", ours(c, url), Generator("wrk", wrk, count_wrk, seconds)
    url = f"http://127.0.0.1:{ports['http2']}/"
    for streams in ["1", "16"]:
        h2load = ["h2load", "-t1", "-c8", f"-m{streams}", f"-D{seconds}", url]
        yield f"h2load, 8 x {streams}", ours("8", url, "--http2", "--streams", streams), Generator(
            "h2load", h2load, count_h2load, seconds)


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def ratio(ours, theirs, key):
    return statistics.median(a[key] / b[key] for a, b in zip(ours.runs, theirs.runs))


def enter_own_network():
    """Starts the program again in a new network namespace, once."""
    if os.environ.get(IN_OWN_NETWORK):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    for tool in ["unshare", "ip"]:
        if shutil.which(tool) is None:
            fail(f"{tool} is missing: apt-get install util-linux iproute2")
    os.environ[IN_OWN_NETWORK] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])


def main():
    options = parse_arguments()
    if options.own_network:
        enter_own_network()
    for tool in ["wrk", "h2load", "taskset"]:
        if shutil.which(tool) is None:
            fail(f"{tool} is missing: apt-get install wrk nghttp2-client util-linux")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        fail("it takes two cores, one for the server and one for the generator")
    rows, raw = [], {}
    with nginx(cores[0], options.realtime) as ports:
        for name, ours, theirs in contests(options, ports):
            for number in range(options.rounds):
                progress(f"{name}: round {number + 1}/{options.rounds}")
                for generator in [ours, theirs] if number % 2 == 0 else [theirs, ours]:
                    generator.run(prefix(cores[-1], options.realtime))
            progress_end()
            raw[name] = {each.name: each.runs for each in [ours, theirs]}
            for each in [ours, theirs]:
                is_ours = each is ours
                rows.append([f"{name}: {each.name}", f"{median(each.runs, 'requests_per_s'):,.0f}",
                             f"{ratio(ours, theirs, 'requests_per_s'):.2f}" if is_ours else "",
                             f"{median(each.runs, 'cpu_us_per_request'):.2f}",
                             f"{ratio(ours, theirs, 'cpu_us_per_request'):.2f}" if is_ours else "",
                             f"{median(each.runs, 'rss_mib'):.1f}", f"{median(each.runs, 'core_share'):.2f}"])
    print_table(["against, connections", "requests/s", "ratio", "CPU us/request", "ratio", "RSS MiB", "core"], rows)
    os.makedirs(os.path.dirname(options.json) or ".", exist_ok=True)
    versions = describe_versions(os.path.join(options.build, "bin", "shallop")) | {"nginx": version_of("nginx")}
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": describe_machine(), "versions": versions, "runs": raw}, file, indent=1)
    print(f"raw results: {options.json}")


if __name__ == "__main__":
    main()
