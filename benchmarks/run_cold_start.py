#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts small programs to their end, natively, interpreted and compiled, and tells the wall time and peak memory of the whole process.

The variants take turns in short series, so that whatever else the machine does hits both. The figures are medians
over all starts; what starting any process costs here is the native line.
"""

import argparse
import json
import os
import statistics
import sys

from measuring import Run, describe_machine, describe_versions, fail, pin_to_one_core, print_table, progress, progress_end

SERIES = 10  # starts in a row

# Program, and where it is below the build directory: it, and beside it the same with .wasm.
PROGRAMS = {"empty": "benchmarks/kernels/empty", "hello": "examples/hello", "fib": "benchmarks/kernels/fib"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", metavar="DIR", help="build directory (build/release)")
    parser.add_argument("--shallop", metavar="PROGRAM", help="another build of shallop than DIR/bin/shallop")
    parser.add_argument("--starts", type=int, default=50, metavar="N", help="starts of each program (50)")
    parser.add_argument("--realtime", action="store_true",
                        help="before all other processes of the core: on a machine that others use; root only")
    parser.add_argument("--json", default="build/bench/cold_start.json", metavar="FILE", help="where raw results go")
    return parser.parse_args()


def compiled_path(name):
    return f"build/bench/{name}.native.wasm"


def start(measure_starts, count, command):
    run = Run([measure_starts, str(count), *command], timeout_s=120)
    if run.status != 0:
        fail(run.first_error_line())
    return [(int(wall_ns), int(rss_kib)) for wall_ns, rss_kib in (line.split() for line in run.stdout.splitlines())]


def main():
    options = parse_arguments()
    measure_starts = os.path.join(options.build, "benchmarks", "measure_starts")
    shallop = options.shallop or os.path.join(options.build, "bin", "shallop")
    commands = {}
    for name, path in PROGRAMS.items():
        native = os.path.join(options.build, path)
        commands[name] = {"native": [native],
                          "interpreted": [shallop, "run", "--engine", "interpreter", native + ".wasm"],
                          "compiled": [shallop, "run", "--allow-native", "--require-native", compiled_path(name)]}
    for needed in [measure_starts, shallop, *(each["native"][0] + ".wasm" for each in commands.values())]:
        if not os.path.exists(needed):
            fail(f"{needed} is not built; './dev bench' builds it")

    os.makedirs(os.path.dirname(compiled_path("")), exist_ok=True)
    for name, path in PROGRAMS.items():
        run = Run([shallop, "compile", "-o", compiled_path(name), os.path.join(options.build, path + ".wasm")], timeout_s=120)
        if run.status != 0:
            fail(run.first_error_line())

    pin_to_one_core(options.realtime)
    starts = {name: {engine: [] for engine in engines} for name, engines in commands.items()}
    done = 0
    while done < options.starts:
        count = min(SERIES, options.starts - done)
        progress(f"{done}/{options.starts} starts")
        for name, engines in commands.items():
            for engine, command in engines.items():
                starts[name][engine] += start(measure_starts, count, command)
        done += count
    progress_end()

    rows = []
    for name, engines in starts.items():
        for engine, samples in engines.items():
            walls_ms = sorted(wall_ns / 1e6 for wall_ns, _ in samples)
            rows.append([f"{name}, {engine}", f"{statistics.median(walls_ms):.2f}",
                         f"{walls_ms[0]:.2f}-{walls_ms[-1]:.2f}",
                         f"{statistics.median(rss_kib for _, rss_kib in samples) / 1024:.1f}"])
    print_table(["program", "wall ms", "lowest-highest", "peak RSS MiB"], rows)
    print(f"{options.starts} starts each, median")
    os.makedirs(os.path.dirname(options.json) or ".", exist_ok=True)
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": describe_machine(), "versions": describe_versions(shallop), "starts_ns_kib": starts}, file)
        file.write("\n")
    print(f"raw results: {options.json}")


if __name__ == "__main__":
    sys.exit(main())
