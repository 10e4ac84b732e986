#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads reports in rewrk's layout, strictly line by line, as whoever parses rewrk's output does.

    read_rewrk_report.py TEXT JSON   TEXT's rounds must have the figures of JSON's lines

The layout: a round begins with two lines; the figures follow, then (--pct) a table whose first two columns count, then errors.
Lines behind the round's first blank line that are no errors are not rewrk's and are passed over.
"""

import json
import re
import sys

UNITS = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
RULE = re.compile(r"\+ -{15} \+ -{15} \+( -{15} \+)?")
ROW = re.compile(r"\| +([0-9.]+)% +\| +([0-9.]+)ms +\|")


class Lines:
    def __init__(self, text):
        self.lines, self.at = text.split("\n"), 0

    def expect(self, pattern):
        line = self.lines[self.at] if self.at < len(self.lines) else "the end"
        match = re.fullmatch(pattern, line)
        if match is None:
            sys.exit(f"line {self.at + 1} is '{line}' and not {pattern}")
        self.at += 1
        return match.groups()

    def peek(self):
        return self.lines[self.at] if self.at < len(self.lines) else None


def read_round(lines):
    figures = {"round": int(lines.expect(r"Beginning round (\d+)\.\.\.")[0])}
    count, url, duration = lines.expect(r"Benchmarking (\d+) connections @ (\S+) for (.*)")
    figures |= {"connections": int(count), "url": url, "duration": duration}
    lines.expect(r"  Latencies:")
    lines.expect(r"    Avg      Stdev    Min      Max      ")
    value = r"(\d+\.\d\d)ms *"
    values = lines.expect(rf"    {value}  {value}  {value}  {value}  ")
    figures |= dict(zip(["latency_avg", "latency_std_deviation", "latency_min", "latency_max"], map(float, values)))
    lines.expect(r"  Requests:")
    total, rate = lines.expect(r"    Total: +(\d+) + ?Req/Sec: +(\d+\.\d\d) *")
    figures |= {"requests_total": int(total), "requests_avg": float(rate)}
    lines.expect(r"  Transfer:")
    size = r" *(\d+\.\d\d) (B|KB|MB|GB) *"
    total, total_unit, rate, rate_unit = lines.expect(rf"    Total: {size} Transfer Rate: {size}/Sec")
    figures |= {"transfer_total": float(total) * UNITS[total_unit], "transfer_rate": float(rate) * UNITS[rate_unit],
                "transfer_step": 0.005 * UNITS[total_unit], "rate_step": 0.005 * UNITS[rate_unit]}
    if RULE.fullmatch(lines.peek()):
        figures["slowest_means"] = read_table(lines)
    figures["errors"] = 0
    while lines.peek() is not None and not lines.peek().startswith("Beginning round"):
        error = re.fullmatch(r"(\d+) Errors: (.+)", lines.peek())
        figures["errors"] += int(error.group(1)) if error else 0
        lines.at += 1
    return figures


def read_table(lines):
    lines.expect(RULE.pattern)
    lines.expect(r"\|   Percentile    \|   Avg Latency   \|.*")
    lines.expect(RULE.pattern)
    rows = {}
    for percentile in ["99.9", "99", "95", "90", "75", "50"]:
        label, mean = lines.expect(ROW.pattern + ".*")
        if label != percentile:
            sys.exit(f"row {label}% stands where {percentile}% should")
        rows[label] = float(mean)
    lines.expect(RULE.pattern)
    return rows


def compare(name, read, written, step):
    if abs(read - written) > step * 1.001 + 1e-9:
        sys.exit(f"{name}: the text has {read}, the JSON {written}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = Lines(file.read())
    with open(sys.argv[2], encoding="utf-8") as file:
        expected = [json.loads(line) for line in file]
    for number, written in enumerate(expected, start=1):
        read = read_round(lines)
        compare("round", read["round"], number, 0)
        compare("requests_total", read["requests_total"], written["requests_total"], 0)
        for key in ["latency_avg", "latency_max", "latency_min", "latency_std_deviation", "requests_avg"]:
            compare(key, read[key], written[key], 0.005)
        compare("transfer_total", read["transfer_total"], written["transfer_total"], read["transfer_step"])
        compare("transfer_rate", read["transfer_rate"], written["transfer_rate"], read["rate_step"])
        compare("errors", read["errors"], written["shallop"]["errors"]["total"], 0)
        means = written["shallop"]["slowest_means_ns"]
        shares = {"99.9": "0.1%", "99": "1%", "95": "5%", "90": "10%", "75": "25%", "50": "50%"}
        for percentile, mean in read.get("slowest_means", {}).items():
            compare(f"{percentile}%", mean, means[shares[percentile]] / 1e6, 0.005)
    print(f"{len(expected)} rounds read")


if __name__ == "__main__":
    main()
