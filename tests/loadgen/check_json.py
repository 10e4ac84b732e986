#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds lines of `shallop bench --json` against the schema, and decodes their histograms independently of shallop.

    check_json.py SCHEMA JSON [HLOG]   HLOG, a HdrHistogram log, must hold the response times of JSON's last line

The decoder follows HdrHistogram's V2 encoding (AbstractHistogram.decodeFromCompressedByteBuffer) and knows nothing of ours.
"""

import base64
import json
import math
import struct
import sys
import zlib

import jsonschema


def zigzag(data):
    """LEB128-64b9B words, the ninth byte whole."""
    at = 0
    while at < len(data):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            if shift == 56:
                value |= byte << shift
                break
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield (value >> 1) ^ -(value & 1)


class Decoded:
    def __init__(self, text):
        packed = base64.b64decode(text, validate=True)
        cookie, size = struct.unpack(">II", packed[:8])
        assert cookie & ~0xF0 == 0x1C849304 and size == len(packed) - 8, "no compressed V2 histogram"
        plain = zlib.decompress(packed[8:])
        cookie, size, offset, digits, lowest, _highest, ratio = struct.unpack(">IIIIQQd", plain[:40])
        assert cookie & ~0xF0 == 0x1C849303 and size == len(plain) - 40 and offset == 0 and ratio == 1.0
        self.half_bits = math.ceil(math.log2(2 * 10**digits)) - 1
        assert lowest == 1, "the unit is not a nanosecond"
        self.counts, at = {}, 0
        for word in zigzag(plain[40:]):
            if word < 0:
                at += -word
            else:
                self.counts[at] = word
                at += 1

    def total(self):
        return sum(self.counts.values())

    def highest_equivalent(self, index):
        bucket = (index >> self.half_bits) - 1
        sub = (index & ((1 << self.half_bits) - 1)) + (1 << self.half_bits)
        if bucket < 0:
            sub, bucket = sub - (1 << self.half_bits), 0
        return ((sub + 1) << bucket) - 1

    def percentile(self, share):
        wanted, seen = max(1, math.ceil(share * self.total())), 0
        for index in sorted(self.counts):
            seen += self.counts[index]
            if seen >= wanted:
                return self.highest_equivalent(index)
        return 0


def check_times(name, times):
    decoded = Decoded(times["hdr_v2"])
    assert decoded.total() == times["count"], f"{name}: {decoded.total()} decoded, {times['count']} written"
    for label, value in times["percentiles_ns"].items():
        read = min(decoded.percentile(float(label[1:]) / 100), times["max_ns"])
        assert read == value, f"{name}: {label} is {read} decoded and {value} written"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    with open(sys.argv[2], encoding="utf-8") as file:
        rounds = [json.loads(line) for line in file]
    for each in rounds:
        for error in validator.iter_errors(each):
            sys.exit(f"{error.json_path}: {error.message}")
        for name in ["response", "service", "send_lag", "connect", "unexpected"]:
            if name in each["shallop"]:
                check_times(name, each["shallop"][name])
    if len(sys.argv) > 3:
        with open(sys.argv[3], encoding="utf-8") as file:
            rows = [line for line in file if not line.startswith(("#", '"'))]
        assert len(rows) == 1, "a log of one interval has one row"
        assert Decoded(rows[0].strip().split(",")[3]).counts == Decoded(rounds[-1]["shallop"]["response"]["hdr_v2"]).counts
    print(f"{len(rounds)} rounds checked")


if __name__ == "__main__":
    main()
