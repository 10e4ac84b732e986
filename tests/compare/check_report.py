#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_report.py SCHEMA REPORT: holds a report.json of `shallop compare` against its schema."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
with open(sys.argv[2], encoding="utf-8") as file:
    report = json.load(file)
for error in jsonschema.Draft202012Validator(schema).iter_errors(report):
    sys.exit(f"{error.json_path}: {error.message}")
