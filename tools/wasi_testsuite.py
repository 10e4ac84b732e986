#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the preview1 programs of WebAssembly's wasi-testsuite under shallop: one line a program, then the totals.

A checkout has them, compiled, in tests/LANGUAGE/testsuite/wasm32-wasip1, older ones in tests/LANGUAGE/testsuite; a folder of
.wasm files will do too. NAME.json beside NAME.wasm says how the program is run and what is to come of it
(doc/specification.md of the suite). Programs change the folders that they are given, so each gets copies.
"""

import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile

TARGET = "wasm32-wasip1"
DESCRIPTIVE_KEYS = {"wasi_functions", "world"}  # nothing to do for
SHOWN_ERROR_LINES = 20


@dataclasses.dataclass
class Specification:
    """How a program is run, and what must come of it; None: anything."""

    args: list = dataclasses.field(default_factory=list)
    env: dict = dataclasses.field(default_factory=dict)
    dirs: list = dataclasses.field(default_factory=list)
    root: str | None = None
    stdin: str = ""
    exit_code: int = 0
    stdout: str | None = None
    stderr: str | None = None

    def take(self, keys, allowed):
        for key, value in keys.items():
            if key in allowed:
                setattr(self, key, value)
            elif key not in DESCRIPTIVE_KEYS:
                raise CannotRun(f"its .json has the key '{key}', which this runner does not know")

    def take_operation(self, operation):
        kind = operation["type"]
        keys = {key: value for key, value in operation.items() if key != "type"}
        if kind == "run":
            self.take(keys, {"args", "env", "dirs", "root"})
        elif kind == "wait":
            self.take(keys, {"exit_code"})
        elif kind == "read" and keys.get("id", "stdout") in ("stdout", "stderr"):
            stream = keys.get("id", "stdout")
            setattr(self, stream, (getattr(self, stream) or "") + keys["payload"])
        elif kind == "write" and keys.get("id", "stdin") == "stdin":
            self.stdin += keys["payload"]
        else:
            raise CannotRun(f"its .json asks for the operation '{kind}', which is none of preview1's")


class CannotRun(Exception):
    """What the specification asks for is not preview1's, or not known here."""


def read_specification(wasm):
    path = os.path.splitext(wasm)[0] + ".json"
    specification = Specification()
    if not os.path.exists(path):
        return specification
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except ValueError as error:
        raise CannotRun(f"its .json is none: {error}") from error
    if content.pop("proposals", []):
        raise CannotRun("it is for a proposal beyond preview1")
    operations = content.pop("operations", [])
    specification.take(content, {"args", "env", "dirs", "root", "exit_code", "stdout", "stderr"})
    for operation in operations:
        specification.take_operation(operation)
    return specification


def find_folders(directory):
    """Pairs of a name and a folder with programs."""
    tests = os.path.join(directory, "tests")
    if not os.path.isdir(tests):
        return [(os.path.basename(os.path.abspath(directory)), directory)]
    folders = []
    for language in sorted(os.listdir(tests)):
        folder = os.path.join(tests, language, "testsuite")
        if os.path.isdir(os.path.join(folder, TARGET)):
            folder = os.path.join(folder, TARGET)
        if os.path.isdir(folder):
            folders.append((language, folder))
    return folders


def programs_in(folder):
    return sorted(name[:-len(".wasm")] for name in os.listdir(folder) if name.endswith(".wasm"))


def copy_directory(folder, name, scratch):
    """As the suite's own runner leaves it before a test: without what an earlier run may have forgotten there."""
    source, copy = os.path.join(folder, name), os.path.join(scratch, name)
    if not os.path.realpath(copy).startswith(os.path.realpath(scratch) + os.sep):
        raise CannotRun(f"its folder '{name}' is none beside it")
    if os.path.isdir(copy):
        return
    if os.path.isdir(source):
        shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns("*.cleanup"))
    else:
        os.makedirs(copy)  # git keeps no empty folders


def command_of(shallop, engine, wasm, specification):
    command = [shallop, "run", "--engine", engine, *(["--require-native"] if engine == "native" else [])]
    if specification.root is not None:
        command += ["--dir", specification.root + ":/"]
    for directory in specification.dirs:
        command += ["--dir", directory]
    for name, value in specification.env.items():
        command += ["--env", f"{name}={value}"]
    return command + [os.path.abspath(wasm), *specification.args]


def differences(specification, run):
    """What is not as the specification has it, a sentence each."""
    found = []
    if run.returncode < 0:
        found.append(f"signal {-run.returncode} ended shallop")
    elif run.returncode != specification.exit_code:
        found.append(f"exit status {run.returncode}, not {specification.exit_code}")
    for stream in ("stdout", "stderr"):
        expected = getattr(specification, stream)
        got = getattr(run, stream).decode("utf-8", errors="backslashreplace")
        if expected is not None and got != expected:
            found.append(f"{stream} is {got!r}, not {expected!r}")
    return found


def run_program(options, folder, name):
    """The differences, and what the program wrote on standard error."""
    wasm = os.path.join(folder, name + ".wasm")
    specification = read_specification(wasm)
    with tempfile.TemporaryDirectory(prefix="shallop-wasi-testsuite-") as scratch:
        for directory in [*specification.dirs, *([specification.root] if specification.root is not None else [])]:
            copy_directory(folder, directory, scratch)
        try:
            run = subprocess.run(command_of(options.shallop, options.engine, wasm, specification), cwd=scratch, check=False,
                                 input=specification.stdin.encode(), capture_output=True, timeout=options.timeout)
        except subprocess.TimeoutExpired as error:
            return [f"it did not end within {options.timeout:g} s"], error.stderr or b""
    return differences(specification, run), run.stderr


def report(verdict, name, detail="", errors=b""):
    print(f"{verdict}  {name}{': ' if detail else ''}{detail}", flush=True)
    for line in errors.decode("utf-8", errors="backslashreplace").splitlines()[-SHOWN_ERROR_LINES:]:
        print(f"      | {line}")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev test wasi-testsuite", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("directory", metavar="DIR", help="a checkout of wasi-testsuite, or a folder of .wasm files")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only programs whose LANGUAGE/NAME holds one of these")
    parser.add_argument("--shallop", default="build/release/bin/shallop", metavar="PROGRAM", help="what runs them")
    parser.add_argument("--engine", choices=["interpreter", "native"], default="interpreter", help="(interpreter)")
    parser.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="for each program (60)")
    options = parser.parse_args()
    options.shallop = os.path.abspath(options.shallop)
    if not os.path.isdir(options.directory):
        parser.error(f"{options.directory} is not a directory")
    return options


def main():
    options = parse_arguments()
    passed = failed = skipped = 0
    for language, folder in find_folders(options.directory):
        for program in programs_in(folder):
            name = f"{language}/{program}"
            if options.names and not any(wanted in name for wanted in options.names):
                continue
            try:
                found, errors = run_program(options, folder, program)
            except CannotRun as reason:
                report("skip", name, str(reason))
                skipped += 1
                continue
            if found:
                report("FAIL", name, "; ".join(found), errors)
                failed += 1
            else:
                report("pass", name)
                passed += 1
    if passed + failed + skipped == 0:
        sys.exit(f"wasi-testsuite: {options.directory} holds no compiled programs"
                 f"{' of these names' if options.names else ''}: a checkout of the suite has them on its branch "
                 "prod/testsuite-base")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
