#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles a large module to native code at each level, and tells the time, the processor time, and the peak memory it takes.

The module is sqlite3, twice: as clang makes it with -Os, of about 1 MB, and with -O2. Its source is no part of this
repository: --source names a folder with sqlite3.c and sqlite3.h, or npm fetches a package that carries them. What the
compiled module prints is compared with what the interpreter prints. Compilers of other engines that are on PATH take
turns with ours.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from measuring import Run, describe_machine, describe_versions, fail, print_table, progress, progress_end, version_of

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = "build/bench/compile_time"
PACKAGE = "better-sqlite3@12.11.1"
MODULES = {"sqlite_os": "-Os", "sqlite_o2": "-O2"}
# What WasmEdge 0.14.1 (Debian 13's package) needs at its -O3 for one kilobyte of a module, on a machine of this kind: 19.5 s
# for a server in Rust of 678 kB, 61 s for sqlite3 of 1.35 MB. To measure the very same module, put it on PATH.
WASMEDGE_MS_PER_KB = {"server": 19500 / 678, "sqlite": 61000 / 1350}
PEERS = {
    "wasmedge": ("wasmedge compile --optimize {level} {wasm} {out}", "wasmedge"),
    "wamrc": ("wamrc --opt-level={level} -o {out} {wasm}", "wamrc"),
}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("modules", nargs="*", metavar="FILE.wasm", help="compile these; sqlite3 unless named")
    parser.add_argument("--build", default="build/release", metavar="DIR", help="build directory (build/release)")
    parser.add_argument("--shallop", metavar="PROGRAM", help="another build of shallop than DIR/bin/shallop")
    parser.add_argument("--against", metavar="PROGRAM", help="a second build of shallop, in turn with the first")
    parser.add_argument("--source", metavar="DIR", help="the folder of sqlite3.c and sqlite3.h")
    parser.add_argument("--levels", type=int, nargs="+", default=[0, 1, 2, 3], choices=range(4), help="levels (0 1 2 3)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds (3)")
    parser.add_argument("--one-core", action="store_true", help="all on one core: processor time is steadier there")
    parser.add_argument("--json", default="build/bench/compile_time.json", metavar="FILE", help="where raw results go")
    return parser.parse_args()


def run_or_fail(command, what, timeout_s=900):
    run = Run(command, timeout_s)
    if run.status != 0:
        fail(f"{what}: {run.first_error_line()}")
    return run


def find_source(wanted):
    """The folder with sqlite3.c: what the user says, what was fetched before, or fetched now."""
    fetched = os.path.join(FOLDER, "package", "deps", "sqlite3")
    folder = wanted or fetched
    if os.path.exists(os.path.join(folder, "sqlite3.c")):
        return folder
    if wanted:
        fail(f"--source: there is no sqlite3.c in {wanted}")
    if shutil.which("npm") is None:
        fail("sqlite3's source is needed: npm, which fetches it, is not installed; --source DIR names a folder with sqlite3.c")
    progress(f"fetching {PACKAGE}")
    packed = run_or_fail(["npm", "pack", "--silent", "--pack-destination", FOLDER, PACKAGE], "npm pack").stdout.split()[-1]
    run_or_fail(["tar", "-xzf", os.path.join(FOLDER, packed), "-C", FOLDER, "package/deps/sqlite3"], "tar")
    os.remove(os.path.join(FOLDER, packed))
    return fetched


def make_modules(options):
    """sqlite3 as modules; made once, as that takes a minute."""
    paths = {name: os.path.join(FOLDER, name + ".wasm") for name in MODULES}
    if all(os.path.exists(path) for path in paths.values()):
        return list(paths.values())
    source = find_source(options.source)
    for name, level in MODULES.items():
        progress(f"compiling sqlite3 to Wasm with {level}")
        run_or_fail(["clang-19", "--target=wasm32-wasi", level, "-w", "-mbulk-memory", "-Wl,--strip-debug",
                     "-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_ENABLE_FTS5", "-DSQLITE_ENABLE_RTREE",
                     "-DSQLITE_ENABLE_MATH_FUNCTIONS", "-D_WASI_EMULATED_GETPID", "-D_WASI_EMULATED_MMAN", "-I", source,
                     os.path.join(source, "sqlite3.c"), os.path.join(HERE, "compile_time", "sqlite_main.c"),
                     "-lwasi-emulated-getpid", "-lwasi-emulated-mman", "-o", paths[name] + ".tmp"], "sqlite3 to Wasm")
        os.rename(paths[name] + ".tmp", paths[name])
    return list(paths.values())


def measure(command):
    """Wall and processor seconds, and peak memory, of one process (and its threads)."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").strip().splitlines()
            return {"refused": lines[0] if lines else f"exit status {process.returncode}"}
    return {"wall_s": time.monotonic() - start, "cpu_s": usage.ru_utime + usage.ru_stime, "rss_mib": usage.ru_maxrss / 1024}


def check(shallop, module, compiled, expected):
    """The compiled module computes what the interpreted one does."""
    run = Run([shallop, "run", "--allow-native", "--require-native", compiled], 120)
    if run.status != 0 or run.stdout != expected:
        fail(f"{module}: compiled, it ends with {run.status} and prints {run.stdout!r}, not {expected!r}: {run.stderr.strip()}")


def measure_module(module, options, compilers):
    ours = [name for name in compilers if name.startswith("shallop")]
    runs = {}
    expected = Run([compilers["shallop"][0], "run", "--engine", "interpreter", module], 120)
    for number in range(1, options.rounds + 1):
        for level in options.levels:
            for name, command in compilers.items():
                progress(f"round {number}/{options.rounds}: {os.path.basename(module)} by {name} -O{level}")
                with tempfile.TemporaryDirectory() as folder:
                    out = os.path.join(folder, "out.wasm")
                    words = [word.format(level=level, wasm=module, out=out) for word in command]
                    result = measure(words)
                    if "refused" not in result:
                        result["bytes"] = os.path.getsize(out)
                        if name in ours and number == 1 and expected.status == 0:
                            check(compilers["shallop"][0], module, out, expected.stdout)
                runs.setdefault((name, level), []).append(result)
    progress_end()
    return runs


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def show(module, runs):
    size_kb = os.path.getsize(module) / 1000
    print(f"\n{os.path.basename(module)}, {size_kb:.0f} kB")
    rows = []
    for (name, level), each in sorted(runs.items(), key=lambda item: (item[0][1], item[0][0] != "shallop", item[0][0])):
        if "refused" in each[0]:
            print(f"skipped: {name} -O{level}: {each[0]['refused']}")
            continue
        walls = [run["wall_s"] for run in each]
        reference = runs[("shallop", level)]
        ratio = statistics.median(run["cpu_s"] / base["cpu_s"] for run, base in zip(each, reference))
        rows.append([f"{name} -O{level}", f"{median(each, 'wall_s'):.2f}", f"{min(walls):.2f}-{max(walls):.2f}",
                     f"{median(each, 'cpu_s'):.2f}", f"{1000 * median(each, 'cpu_s') / size_kb:.1f}", f"{ratio:.2f}",
                     f"{median(each, 'rss_mib'):.0f}", f"{median(each, 'bytes') / 1000 - size_kb:.0f}"])
    print_table(["compiler", "wall s", "lowest-highest", "CPU s", "CPU ms/kB", "CPU ratio", "peak MiB", "native kB"], rows)
    if ("shallop", 3) in runs and ("wasmedge", 3) not in runs:
        wall = median(runs[("shallop", 3)], "wall_s")
        known = ", ".join(f"{wall * 1000 / size_kb / each:.3f} of the {each:.0f} ms/kB it needs for the {name}"
                          for name, each in WASMEDGE_MS_PER_KB.items())
        print(f"-O3, wall, against WasmEdge's published figures: {known}")


def main():
    options = parse_arguments()
    shallop = options.shallop or os.path.join(options.build, "bin", "shallop")
    if not os.access(shallop, os.X_OK):
        fail(f"{shallop} is not built; './dev bench' builds it")
    os.makedirs(FOLDER, exist_ok=True)
    modules = options.modules or make_modules(options)
    if options.one_core:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    ours = ["compile", "-O", "{level}", "-o", "{out}", "{wasm}"]
    compilers = {"shallop": [shallop, *ours]}
    if options.against:
        compilers["shallop, other"] = [options.against, *ours]
    for name, (template, program) in PEERS.items():
        if shutil.which(program):
            compilers[name] = template.split()
    results = {module: measure_module(module, options, compilers) for module in modules}
    for module, runs in results.items():
        show(module, runs)
    print(f"{options.rounds} rounds, medians; load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    versions = describe_versions(shallop)
    versions.update({name: version_of(name) for name in PEERS if name in compilers})
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": describe_machine(), "versions": versions, "load": os.getloadavg()[0],
                   "runs": [{"module": module, "compiler": name, "level": level, "runs": each}
                            for module, runs in results.items() for (name, level), each in runs.items()]}, file, indent=1)
        file.write("\n")
    print(f"raw results: {options.json}")


if __name__ == "__main__":
    sys.exit(main())
