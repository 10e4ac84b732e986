# SPDX-License-Identifier: Apache-2.0
# Sums the lines of totals that the cases of spec_test print (tests/spec/official_suite_test.cpp), one case each, to one
# line of the same form for each folder of the official suites, in the order in which they first come. -v preset=NAME
# tells whose they are.
function add(folder, reason, count) {
  if (!((folder, reason) in skipped)) reasons[folder] = reasons[folder] SUBSEP reason
  skipped[folder, reason] += count
}
/^official suite [^:]*: [0-9]+ passed, [0-9]+ failed, [0-9]+ failed as expected, skipped:/ {
  folder = $3
  sub(/:$/, "", folder)
  if (!(folder in cases)) order[++folders] = folder
  ++cases[folder]
  if ($4 > 0 || $6 > 0 || $8 > 0) ++ran[folder]
  passed[folder] += $4
  failed[folder] += $6
  expected[folder] += $8
  rest = substr($0, index($0, "skipped:"))
  while (match(rest, /[0-9]+ \([^)]*\)/)) {
    entry = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    opens = index(entry, "(")
    add(folder, substr(entry, opens), substr(entry, 1, opens - 1) + 0)
  }
}
END {
  for (i = 1; i <= folders; ++i) {
    folder = order[i]
    line = ""
    count = split(substr(reasons[folder], 2), each, SUBSEP)
    for (j = 1; j <= count; ++j) line = line " " skipped[folder, each[j]] " " each[j]
    printf "official suite %s in %s: %d passed, %d failed, %d failed as expected, skipped:%s", folder, preset,
           passed[folder], failed[folder], expected[folder], line == "" ? " 0" : line
    printf "; %d of %d cases ran nothing\n", cases[folder] - ran[folder], cases[folder]
  }
}
