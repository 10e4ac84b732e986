# SPDX-License-Identifier: Apache-2.0
# ./dev format [--check]: .clang-format over all C and C++ sources.
source tools/sources.sh

case $# in 0) check='' ;; *) check=$* ;; esac
[[ -z $check || $check == --check ]] || die "format takes no argument but --check, not '$check'" 2
require_packages format

if [ -n "$check" ]; then
  check_format $(all_sources) || die "some files are laid out otherwise than .clang-format says; ./dev format mends them"
else
  all_sources | xargs clang-format-19 -i
fi
say "format: $(all_sources | wc -l) files"
