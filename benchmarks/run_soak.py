#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two tests of endurance for servers as Wasm, each of which ends with what it saw and fails when it saw a fault.

  traps   Workers that are made to trap, one every second, under connections that never stop asking. Every request is
          answered or its connection is closed; nobody is refused, nothing hangs, no descriptor leaks.
  stops   A server that is stopped by SIGTERM and started again, over and over, under clients that try again only when
          a connection is refused. No request is lost.

The servers are poll_server of tests/sockets, which traps when it is told to, and the example http_service.
"""

import argparse
import errno
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PATIENCE_S = 10
RETRY_S = 0.005


def fail(sentence):
    sys.exit(f"run_soak.py: {sentence}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("test", choices=["traps", "stops"])
    parser.add_argument("--build", default="build/release", metavar="DIR", help="build directory (build/release)")
    parser.add_argument("--engine", default="auto", help="of shallop run (auto)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="of each server (2)")
    parser.add_argument("--connections", type=int, metavar="N", help="at once (traps 512, stops 16)")
    parser.add_argument("--seconds", type=float, default=60, metavar="N", help="of the test 'traps' (60)")
    parser.add_argument("--stops", type=int, default=100, metavar="N", help="of the test 'stops' (100)")
    return parser.parse_args()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`shallop run` with a guest that takes its port as argument."""

    def __init__(self, options, module, port, more=(), meanwhile=lambda: time.sleep(0.01)):
        shallop = os.path.join(options.build, "bin", "shallop")
        for needed in (shallop, module):
            if not os.path.exists(needed):
                fail(f"{needed} is not built")
        self.messages = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen([shallop, "run", "--engine", options.engine, "--workers", str(options.workers),
                                         "--net", *more, module, str(port)], stdout=subprocess.DEVNULL,
                                        stderr=self.messages)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    fail(f"the server did not start: {self.said()}")
                meanwhile()

    def said(self):
        self.messages.seek(0)
        return self.messages.read()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def settled_descriptors(self, stats):
        """Once they have not changed for a second, and nothing is compiled."""
        count, since = self.descriptors(), time.monotonic()
        while time.monotonic() - since < 1:
            time.sleep(0.02)
            now = self.descriptors()
            if now != count or metric(stats, 'shallop_compilation{state="compiling"}'):
                count, since = now, time.monotonic()
        return count


class Clients:
    """Connections to one port, each of which asks again as soon as it is answered."""

    def __init__(self, port, count, request):
        self.port, self.request = port, request
        self.poll = select.epoll()
        self.open = {}  # by descriptor: [socket, received bytes, when the request began]
        self.later = [0.0] * count  # when connects are to be tried
        self.faults = {}
        self.counts = {"answered": 0, "closed": 0, "refused": 0, "connections": 0}
        self.slowest_s = 0.0
        self.asking = True

    def fault(self, what):
        self.faults[what] = self.faults.get(what, 0) + 1

    def connect(self):
        one = socket.socket()
        one.setblocking(False)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        result = one.connect_ex(("127.0.0.1", self.port))
        if result not in (0, errno.EINPROGRESS):
            one.close()
            self.connect_failed(result)
            return
        self.open[one.fileno()] = [one, None, time.monotonic()]
        self.poll.register(one.fileno(), select.EPOLLOUT)

    def connect_failed(self, error):
        if error == errno.ECONNREFUSED:
            self.refused()
        else:
            self.fault(f"connecting: {os.strerror(error)}")
        self.later.append(time.monotonic() + RETRY_S)

    def refused(self):
        self.counts["refused"] += 1

    def drop(self, descriptor):
        self.poll.unregister(descriptor)
        self.open.pop(descriptor)[0].close()
        self.later.append(time.monotonic())

    def ask(self, descriptor):
        state = self.open[descriptor]
        state[1], state[2] = b"", time.monotonic()
        try:
            state[0].sendall(self.request)
        except OSError as error:
            self.broken(descriptor, os.strerror(error.errno))

    def answered(self, descriptor):
        self.counts["answered"] += 1
        self.slowest_s = max(self.slowest_s, time.monotonic() - self.open[descriptor][2])

    def serve(self, descriptor):
        state = self.open[descriptor]
        if state[1] is None:
            error = state[0].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                self.poll.unregister(descriptor)
                self.open.pop(descriptor)[0].close()
                self.connect_failed(error)
                return
            self.counts["connections"] += 1
            self.poll.modify(descriptor, select.EPOLLIN)
            self.ask(descriptor)
            return
        try:
            part = state[0].recv(65536)
        except OSError as error:
            self.broken(descriptor, os.strerror(error.errno))
            return
        if not part:
            self.broken(descriptor, "closed")
            return
        state[1] += part
        self.received(descriptor)

    def step(self):
        now = time.monotonic()
        if self.asking:
            due = [each for each in self.later if each <= now]
            self.later = [each for each in self.later if each > now]
            for _ in due:
                self.connect()
        for descriptor, _ in self.poll.poll(0.01):
            if descriptor in self.open:
                self.serve(descriptor)

    def all_ask(self):
        return not self.later and all(state[1] is not None for state in self.open.values())

    def find_hung(self):
        now = time.monotonic()
        for descriptor in [fd for fd, state in self.open.items() if now - state[2] > PATIENCE_S]:
            self.fault(f"no answer and no end for {PATIENCE_S} s")
            self.drop(descriptor)

    def finish(self):
        """Lets every request come to its end, and closes the connections."""
        self.asking = False
        deadline = time.monotonic() + PATIENCE_S + 1
        while self.open and time.monotonic() < deadline:
            self.step()
            self.find_hung()


class TrapClients(Clients):
    """A request is answered, or its connection is closed: that is its worker's trap."""

    def received(self, descriptor):
        answer = self.open[descriptor][1]
        if len(answer) < len(b"head:") + len(self.request):
            return
        if answer != b"head:" + self.request:
            self.fault(f"a wrong answer: {answer!r}")
        self.answered(descriptor)
        if self.asking:
            self.ask(descriptor)
        else:
            self.drop(descriptor)

    def broken(self, descriptor, _why):
        self.counts["closed"] += 1
        self.drop(descriptor)

    def refused(self):
        self.fault("connection refused")


class StopClients(Clients):
    """HTTP. A connection may end only after an answer that has announced it."""

    def received(self, descriptor):
        answer = self.open[descriptor][1]
        head, separator, body = answer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
        if not answer.startswith(b"HTTP/1.1 200 ") or not length:
            self.fault(f"a wrong answer: {answer[:60]!r}")
            self.drop(descriptor)
            return
        if len(body) < int(length.group(1)):
            return
        self.answered(descriptor)
        if re.search(rb"\r\nconnection: close", head, re.IGNORECASE) or not self.asking:
            self.counts["closed"] += 1
            self.drop(descriptor)
        else:
            self.ask(descriptor)

    def broken(self, descriptor, why):
        self.fault(f"a request was lost: {why} after {len(self.open[descriptor][1])} bytes of its answer")
        self.drop(descriptor)


def metric(port, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
        text = response.read().decode()
    return int(re.search(rf"^{re.escape(name)} (\d+)$", text, re.MULTILINE).group(1))


def tell_trap(port):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as one:
        one.sendall(b"trap")


def test_traps(options):
    port, stats = free_port(), free_port()
    module = os.path.join(options.build, "tests", "sockets", "programs_wasm", "build", "poll_server.wasm")
    server = Server(options, module, port, ["--stats", f"127.0.0.1:{stats}"])
    before = server.settled_descriptors(stats)
    clients = TrapClients(port, options.connections or 512, b"request")
    told = 0
    begin = next_second = time.monotonic()
    while time.monotonic() - begin < options.seconds:
        clients.step()
        if time.monotonic() >= next_second:
            next_second += 1
            tell_trap(port)
            told += 1
            clients.find_hung()
    clients.finish()
    deadline = time.monotonic() + PATIENCE_S
    after = server.settled_descriptors(stats)
    while after != before and time.monotonic() < deadline:
        after = server.settled_descriptors(stats)
    traps, restarts = metric(stats, "shallop_traps_total"), metric(stats, "shallop_worker_restarts_total")
    if after != before:
        clients.fault(f"descriptors leak: {before} before, {after} after")
    if traps < told * 0.8:
        clients.fault(f"only {traps} traps of {told}")
    stop(server, clients)
    print(f"traps: {options.seconds:g} s, {options.connections or 512} connections, {options.workers} workers: "
          f"{traps} traps, {restarts} workers started again")
    print(f"  {clients.counts['answered']:,} requests answered, {clients.counts['closed']:,} connections closed under a "
          f"request, the longest wait {clients.slowest_s * 1000:.0f} ms")
    print(f"  descriptors of the server: {before} before, {after} after")
    return clients.faults


def stop(server, clients):
    server.process.send_signal(signal.SIGTERM)
    try:
        server.process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        clients.fault("the server did not end")
        server.process.kill()
        server.process.wait()
        return
    if server.process.returncode != 0:
        clients.fault(f"exit status {server.process.returncode}")
    if "grace time" in server.said():
        clients.fault("the grace time ran out")


def test_stops(options):
    port = free_port()
    module = os.path.join(options.build, "examples", "http_service.wasm")
    server = Server(options, module, port)
    clients = StopClients(port, options.connections or 16, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    slowest_stop_s = 0.0
    for number in range(options.stops):
        deadline = time.monotonic() + PATIENCE_S
        while not clients.all_ask() and time.monotonic() < deadline:
            clients.step()
        if not clients.all_ask():
            clients.fault("not all clients came back")
        # At another moment of the load each time.
        until = time.monotonic() + 0.1 + 0.013 * (number % 10)
        while time.monotonic() < until:
            clients.step()
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        while server.process.poll() is None:
            clients.step()
            clients.find_hung()
        slowest_stop_s = max(slowest_stop_s, time.monotonic() - begin)
        stop(server, clients)
        server = Server(options, module, port, meanwhile=clients.step)
    for _ in range(20):
        clients.step()
    clients.finish()
    stop(server, clients)
    print(f"stops: {options.stops} stops, {options.connections or 16} connections, {options.workers} workers: "
          f"{sum(count for what, count in clients.faults.items() if 'lost' in what)} requests lost")
    print(f"  {clients.counts['answered']:,} requests answered on {clients.counts['connections']:,} connections, "
          f"{clients.counts['refused']:,} connections refused and tried again, the slowest stop {slowest_stop_s:.2f} s")
    return clients.faults


def main():
    options = parse_arguments()
    faults = {"traps": test_traps, "stops": test_stops}[options.test](options)
    for what, count in faults.items():
        print(f"  FAULT {count} times: {what}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
