#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the kernels natively and as Wasm, in turn, and tells how much longer Wasm takes.

In each round every kernel runs once under every engine, one process after the other on one core, so that whatever else the
machine does hits all of them. A process repeats its work for about --seconds and reports its best repetition; a ratio is
taken within a round; the table shows the median of the rounds' ratios, and the lowest and the highest.
"""

import argparse
import json
import os
import shlex
import shutil
import statistics
import sys

from measuring import (Run, describe_machine, describe_versions, fail, geometric_mean, pin_to_one_core, print_table,
                       progress, progress_end, version_of)

# Engines that --peers looks for on PATH and where ./dev peers puts them, and how each runs a module.
KNOWN_PEERS = {
    "wasm3": "{program} {{wasm}} {{args}}",
    "iwasm": "{program} {{wasm}} {{args}}",
    "wasmtime": "{program} run {{wasm}} {{args}}",
    "wasmedge": "{program} {{wasm}} {{args}}",
}
PEERS_DIRECTORY = "build/peers/bin"

# How this runtime runs a module: by the option --engine.
OURS = {"interpreted": "{shallop} run --engine interpreter {{wasm}} {{args}}",
        "compiled": "{shallop} run --allow-native --require-native {{compiled}} {{args}}"}
ENGINE_CHOICES = {"interpreter": ["interpreted"], "native": ["compiled"], "both": ["compiled", "interpreted"]}

# The kernels for which other engines' ratios have been published beside ours; their mean is shown on a line of its own.
COMPARED_KERNELS = ["binary_trees", "fib", "host_calls", "json", "memory_blocks", "sha256", "sort", "virtual_calls"]

# What wasm3 0.5, the fastest other interpreter, needs on kernels of the same kinds: time relative to native clang -O3 on a
# machine of this kind, its own sources (README.md, "wasm3's figures"). To compare the very same programs: --peers.
WASM3_RATIOS = {"binary_trees": 11, "core_mix": 8.6, "fib": 14, "host_calls": 1.71, "json": 16, "memory_blocks": 1.23,
                "sha256": 17.8, "sort": 4.32, "virtual_calls": 20, "virtual_sites": 20}

REPETITIONS_MAX = 1024  # kernels/kernel.hpp


COMPILED_FOLDER = "build/bench/kernels"


class Engine:
    def __init__(self, name, template, compiler=None):
        self.name = name
        self.template = shlex.split(template)
        self.compiler = compiler  # the command up to the files' names; the engine runs its output, {compiled}

    @property
    def is_ours(self):
        return self.name in OURS

    def compiled(self, kernel):
        return os.path.join(COMPILED_FOLDER, f"{os.path.basename(kernel)}.{self.name}.wasm")

    def command(self, kernel, repetitions):
        command = []
        for word in self.template:
            if word == "{args}":
                command.append(str(repetitions))
            else:
                command.append(word.replace("{native}", kernel).replace("{wasm}", kernel + ".wasm")
                               .replace("{compiled}", self.compiled(kernel)))
        return command

    def prepare(self, kernel):
        if self.compiler is None:
            return
        os.makedirs(COMPILED_FOLDER, exist_ok=True)
        run = Run([*self.compiler, "-o", self.compiled(kernel), kernel + ".wasm"], timeout_s=120)
        if run.status != 0:
            raise Failure(run.first_error_line())


class Failure(Exception):
    pass


def measure(engine, kernel, repetitions, timeout_s):
    run = Run(engine.command(kernel, repetitions), timeout_s)
    if run.status != 0:
        raise Failure(run.first_error_line())
    line = next((each for each in run.stdout.splitlines() if each.startswith("best_ns=")), None)
    if line is None:
        raise Failure("printed no figures")
    figures = dict(pair.split("=", 1) for pair in line.split())
    return {"best_ns": int(figures["best_ns"]), "median_ns": int(figures["median_ns"]),
            "repetitions": int(figures["repetitions"]), "checksum": figures["checksum"],
            "wall_s": run.wall_s, "disturbed": run.disturbed}


class Comparison:
    """One kernel under all engines; the first engine is native."""

    def __init__(self, name, path, engines):
        self.name = name
        self.path = path
        self.engines = engines
        self.repetitions = {}  # by engine name; one that cannot run the kernel is missing
        self.refusals = {}  # by engine name, a sentence
        self.rounds = {engine.name: [] for engine in engines}
        self.checksum = None

    @property
    def is_simd(self):
        return self.name.startswith("simd_")

    def calibrate(self, seconds):
        for engine in self.engines:
            try:
                engine.prepare(self.path)
                first = measure(engine, self.path, 1, timeout_s=120)
            except Failure as failure:
                if engine.name == "native":
                    raise
                self.refusals[engine.name] = str(failure)
                continue
            if self.checksum is None:
                self.checksum = first["checksum"]
            elif self.checksum != first["checksum"]:
                raise Failure(f"computes {first['checksum']} under {engine.name}, natively {self.checksum}")
            wanted = round(seconds * 1e9 / max(first["best_ns"], 1))
            self.repetitions[engine.name] = min(max(wanted, 1), REPETITIONS_MAX)

    def run_round(self):
        for engine in self.engines:
            if engine.name not in self.repetitions:
                continue
            result = measure(engine, self.path, self.repetitions[engine.name], timeout_s=600)
            if result["checksum"] != self.checksum:
                raise Failure(f"computes {result['checksum']} under {engine.name}, before {self.checksum}")
            self.rounds[engine.name].append(result)

    def best_ms(self, engine_name):
        return statistics.median(each["best_ns"] for each in self.rounds[engine_name]) / 1e6

    def ratios(self, engine_name):
        return [wasm["best_ns"] / native["best_ns"]
                for wasm, native in zip(self.rounds[engine_name], self.rounds["native"])]

    def as_json(self):
        return {"kernel": self.name, "checksum": self.checksum, "refused": self.refusals, "rounds": self.rounds,
                "ratio": {name: statistics.median(self.ratios(name)) for name in self.rounds
                          if name != "native" and self.rounds[name]}}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("kernels", nargs="*", metavar="KERNEL", help="only these; all unless named")
    parser.add_argument("--build", default="build/release", metavar="DIR", help="build directory (build/release)")
    parser.add_argument("--shallop", metavar="PROGRAM", help="another build of shallop than DIR/bin/shallop")
    parser.add_argument("--engine", choices=ENGINE_CHOICES, default="both", help="of shallop (both)")
    parser.add_argument("-O", dest="optimization", type=int, choices=range(4), default=3, help="of native code (3)")
    parser.add_argument("--against", metavar="PROGRAM", help="a second build of shallop, whose native code takes turns with ours")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds (5)")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="S", help="how long one process works (0.5)")
    parser.add_argument("--peers", action="store_true", help=f"also run those there are of: {', '.join(KNOWN_PEERS)}")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME[=COMMAND]",
                        help="one of these, or another engine, as 'mine=/opt/mine {wasm} {args}'; may be repeated")
    parser.add_argument("--realtime", action="store_true",
                        help="before all other processes of the core: on a machine that others use; root only")
    parser.add_argument("--json", default="build/bench/kernels.json", metavar="FILE", help="where raw results go")
    parser.add_argument("--costs", action="store_true",
                        help="also show lowering speed and the memory of an instance, of each kernel's module")
    parser.add_argument("--check", action="store_true", help="run each once, only to compare what it computes")
    parser.add_argument("--list", action="store_true", help="print the kernels' names and end")
    return parser.parse_args()


def which_peer(name):
    return shutil.which(name) or shutil.which(name, path=PEERS_DIRECTORY)


def find_peer(name):
    program = which_peer(name)
    if not program:
        fail(f"there is no {name} on PATH or in {PEERS_DIRECTORY}; './dev peers' installs wasm3 and wasmedge there")
    return Engine(name, KNOWN_PEERS[name].format(program=shlex.quote(program)))


def find_engines(options, shallop):
    engines = [Engine("native", "{native} {args}")]
    compile_command = ["compile", "-O", str(options.optimization)]
    for name in ENGINE_CHOICES[options.engine]:
        template = OURS[name].format(shallop=shlex.quote(shallop))
        engines.append(Engine(name, template, [shallop, *compile_command] if name == "compiled" else None))
    if options.against:
        template = OURS["compiled"].format(shallop=shlex.quote(options.against))
        engines.append(Engine("other", template, [options.against, *compile_command]))
    if options.peers:
        engines += [find_peer(name) for name in KNOWN_PEERS if which_peer(name)]
    for each in options.peer:
        if each in KNOWN_PEERS:
            engines.append(find_peer(each))
            continue
        name, separator, template = each.partition("=")
        if not separator or "{wasm}" not in template:
            fail(f"--peer '{each}' is not NAME=COMMAND with {{wasm}} and {{args}} in it")
        engines.append(Engine(name, template))
    return engines


def choose_kernels(folder, wanted):
    there = sorted(name[:-len(".wasm")] for name in os.listdir(folder)
                   if name.endswith(".wasm") and name != "empty.wasm") if os.path.isdir(folder) else []
    if not there:
        fail(f"there are no kernels in {folder}; './dev bench' builds them")
    unknown = [name for name in wanted if name not in there]
    if unknown:
        fail(f"there is no kernel '{unknown[0]}'; kernels: {' '.join(there)}")
    return wanted or there


def show_checksums(comparisons):
    for each in comparisons:
        print(f"{each.name}: {each.checksum} under {', '.join(each.repetitions)}")
    show_refusals(comparisons)


def show_refusals(comparisons):
    for each in comparisons:
        for name, sentence in each.refusals.items():
            print(f"skipped: {each.name} under {name}: {sentence}")


def fail_if_refused(comparisons):
    """A peer may lack what a kernel needs, such as SIMD; shallop must run them all."""
    broken = [each.name for each in comparisons if any(name in each.refusals for name in OURS)]
    if broken:
        fail(f"shallop does not run {', '.join(broken)}")


def show(comparisons, engines):
    wasm_engines = [engine.name for engine in engines[1:]]
    header = ["kernel", "native ms"]
    for name in wasm_engines:
        header += [f"{name} ms", "ratio", "lowest-highest"]
    header.append("wasm3's")
    rows = []
    for each in comparisons:
        row = [each.name, f"{each.best_ms('native'):.3f}"]
        for name in wasm_engines:
            if each.rounds[name]:
                ratios = each.ratios(name)
                row += [f"{each.best_ms(name):.3f}", f"{statistics.median(ratios):.2f}",
                        f"{min(ratios):.2f}-{max(ratios):.2f}"]
            else:
                row += ["-", "-", "-"]
        row.append(f"{WASM3_RATIOS[each.name]:g}" if each.name in WASM3_RATIOS else "-")
        rows.append(row)
    scalar = [each.name for each in comparisons if not each.is_simd]
    simd = [each.name for each in comparisons if each.is_simd]
    for label, names in [("mean of scalar kernels", scalar), ("mean of compared kernels", COMPARED_KERNELS),
                         ("mean of SIMD kernels", simd)]:
        rows.append(mean_row(label, [each for each in comparisons if each.name in names], names, wasm_engines))
    print_table(header, [row for row in rows if row is not None])
    show_refusals(comparisons)


def mean_row(label, comparisons, names, wasm_engines):
    """Geometric means, only over a whole set; none if nobody ran it."""
    if not names or len(comparisons) != len(names):
        return None
    row = [label, ""]
    for name in wasm_engines:
        complete = all(each.rounds[name] for each in comparisons)
        mean = geometric_mean(statistics.median(each.ratios(name)) for each in comparisons) if complete else None
        row += ["", f"{mean:.2f}" if complete else "-", ""]
    known = all(name in WASM3_RATIOS for name in names)
    row.append(f"{geometric_mean(WASM3_RATIOS[name] for name in names):.2f}" if known else "")
    return row if any(row[2:-1]) else None


def show_costs(build, names):
    """What a module costs before it runs: `lowering` and `instances` tell it of each kernel's module."""
    modules = [os.path.join(build, "benchmarks", "kernels", name + ".wasm") for name in names]
    for program in ["lowering", "instances"]:
        path = os.path.join(build, "benchmarks", program)
        if not os.access(path, os.X_OK):
            fail(f"{path} is not built; './dev bench' builds it")
        run = Run([path, *modules], timeout_s=300)
        if run.status != 0:
            fail(f"{program}: {run.first_error_line()}")
        print(f"\n{run.stdout}", end="")


def main():
    options = parse_arguments()
    folder = os.path.join(options.build, "benchmarks", "kernels")
    names = choose_kernels(folder, options.kernels)
    if options.list:
        print("\n".join(names))
        return
    shallop = options.shallop or os.path.join(options.build, "bin", "shallop")
    if not os.access(shallop, os.X_OK):
        fail(f"{shallop} is not built; './dev bench' builds it")
    core = None if options.check else pin_to_one_core(options.realtime)
    engines = find_engines(options, shallop)
    comparisons = [Comparison(name, os.path.abspath(os.path.join(folder, name)), engines) for name in names]

    for each in comparisons:
        progress(f"calibrating {each.name}")
        try:
            each.calibrate(options.seconds)
        except Failure as failure:
            progress_end()
            fail(f"{each.name}: {failure}")
    if options.check:
        progress_end()
        show_checksums(comparisons)
        return fail_if_refused(comparisons)
    for number in range(1, options.rounds + 1):
        for each in comparisons:
            progress(f"round {number}/{options.rounds}: {each.name}")
            try:
                each.run_round()
            except Failure as failure:
                progress_end()
                fail(f"{each.name}: {failure}")
    progress_end()

    show(comparisons, engines)
    runs = [run for each in comparisons for rounds in each.rounds.values() for run in rounds]
    disturbed = sum(run["disturbed"] for run in runs)
    print(f"{options.rounds} rounds on core {core}; {disturbed} of {len(runs)} runs had less than 90 % of it")
    load = os.getloadavg()[0]
    print(f"load of the machine at the end: {load:.1f} on {os.cpu_count()} cores")
    if options.costs:
        show_costs(options.build, names)
    versions = describe_versions(shallop)
    versions.update({engine.name: version_of(engine.template[0]) for engine in engines[2:]})
    os.makedirs(os.path.dirname(options.json) or ".", exist_ok=True)
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": describe_machine(), "versions": versions, "rounds": options.rounds,
                   "seconds": options.seconds, "load": load,
                   "kernels": [each.as_json() for each in comparisons]}, file, indent=1)
        file.write("\n")
    print(f"raw results: {options.json}")
    fail_if_refused(comparisons)


if __name__ == "__main__":
    main()
