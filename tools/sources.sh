# SPDX-License-Identifier: Apache-2.0
# Which files the formatter and the linter look at. Sourced by format.sh and lint.sh.

all_sources() { # C and C++ files of ours; the .def tables are laid out by hand
  find abi benchmarks examples guest src tests -type f \( -name '*.[ch]' -o -name '*.[ch]pp' \) | sort
}

check_format() { # check_format FILE...: shows each place that differs; fails if there is one
  clang-format-19 --dry-run --Werror "$@"
}
