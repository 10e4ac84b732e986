# SPDX-License-Identifier: Apache-2.0
"""What the measuring scripts share: running a program on one core, medians and spreads, what the machine is."""

import math
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time


def fail(sentence):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {sentence}")


def pin_to_one_core(realtime):
    """This process and all it starts run on the last core there is; the first takes the most interrupts."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    if realtime:
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        except PermissionError:
            fail("--realtime: only root may take a core for itself")
    return core


class Run:
    """One run of a command to its end: its output, and whether something else took the core from it meanwhile."""

    def __init__(self, command, timeout_s):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, text=True,
                                  errors="replace", check=False)
            self.status, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            self.status, self.stdout, self.stderr = None, "", f"did not end within {timeout_s:.0f} s"
        except OSError as error:
            self.status, self.stdout, self.stderr = None, "", f"{command[0]}: {error.strerror}"
        self.wall_s = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    @property
    def disturbed(self):
        return self.cpu_s < 0.9 * self.wall_s

    def first_error_line(self):
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        return lines[0] if lines else f"exit status {self.status}"


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


def version_of(command):
    """The first line that `command --version` prints, or None."""
    run = Run([command, "--version"], 10)
    lines = (run.stdout or run.stderr).splitlines()
    return lines[0].strip() if run.status == 0 and lines else None


def describe_machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"processor": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def describe_versions(shallop):
    versions = {"shallop": version_of(shallop), "clang": version_of("clang-19")}
    if shutil.which("git"):
        described = Run(["git", "-C", os.path.dirname(os.path.abspath(__file__)), "describe", "--always", "--dirty"], 10)
        if described.status == 0:
            versions["commit"] = described.stdout.strip()
    return versions


def print_table(header, rows):
    """The first column flush left, the others flush right."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, *rows]:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def progress(text):
    """Replaced by the next on a terminal, left out elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\033[K   {text}", end="", file=sys.stderr, flush=True)


def progress_end():
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
