# SPDX-License-Identifier: Apache-2.0
# ./dev demo [--out DIR]: the example service, native and as Wasm, checked and loaded in turn on this machine.
#
# The variants run side by side and take turns within each round, so that whatever else the machine does hits all of them;
# figures are medians over the rounds, ratios are taken within a round. wrk waits for a response before it sends the next
# request on a connection, so latencies are those of a closed loop.
source tools/service.sh

rounds=5
starts=7
connections=8
paths='/ /heavy'
seconds_per_load=2

case $# in
  0) out=build/demo ;;
  *)
    [[ $1 == --out && $# == 2 && -n $2 ]] || die "demo takes no argument but --out DIR, not '$*'" 2
    out=$2
    ;;
esac

require_packages build demo
configure release
build release shallop http_service examples_wasm
mkdir -p "$out/raw" || die "cannot write to $out"
rm -f "$out"/raw/*

# Name and command of each variant; the port comes last.
variants='native interpreted'
examples=build/release/examples
variant_command() { # variant_command VARIANT PORT
  case $1 in
    native) printf '%s\n' "$examples/http_service" "$2" ;;
    interpreted) printf '%s\n' build/release/bin/shallop run --engine interpreter --net "$examples/http_service.wasm" "$2" ;;
  esac
}

raw_file() { # raw_file VARIANT PATH: native.root, native.heavy
  local name=${2#/}
  printf '%s' "$out/raw/$1.${name:-root}"
}

trap stop_services EXIT

for variant in $variants; do
  progress "starting $variant $starts times"
  for _ in $(seq "$starts"); do
    start_service "$variant"
    echo "$startup_ms" >>"$out/raw/$variant.startup_ms"
    stop_service "$variant"
  done
  start_service "$variant"
done
progress_end

say "answers"
for variant in $variants; do
  check_answers "$variant"
done

say "load: $connections keep-alive connections, $rounds rounds of $seconds_per_load s"
for round in $(seq "$rounds"); do
  for path in $paths; do
    for variant in $variants; do
      progress "round $round/$rounds: $path, $variant"
      load_service "$variant" "$path" "$connections" "$seconds_per_load" "$(raw_file "$variant" "$path").$round"
    done
  done
done
progress_end
for variant in $variants; do
  rss_mib "$variant" >"$out/raw/$variant.rss_mib"
done

median() { sort -n | awk '{ value[NR] = $1 } END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'; }
over_rounds() { cat "$(raw_file "$1" "$2")".*."$3"; } # over_rounds VARIANT PATH FIGURE: one line a round
ratio() { # ratio VARIANT PATH: median of the rounds' ratios to native, in per cent
  paste <(over_rounds "$1" "$2" rate) <(over_rounds native "$2" rate) | awk '{ print 100 * $1 / $2 }' | median
}
spread() { # spread VARIANT PATH: lowest and highest rate of the rounds
  over_rounds "$1" "$2" rate | sort -n | awk 'NR == 1 { low = $1 } END { printf "%.0f, %.0f", low, $1 }'
}

align() { # Markdown tables on stdin with their columns as wide as the widest cell
  awk -F ' *[|] *' '
    function flush_table(   row, column, cell, width_missing) {
      for (row = 1; row <= rows; row++) {
        for (column = 2; column < columns; column++) {
          cell = cells[row, column]
          width_missing = width[column] - length(cell)
          if (row == 2) cell = substr("----------------------------------------------------------------", 1, \
                                      width[column] - right[column]) (right[column] ? ":" : "")
          else if (right[column]) cell = sprintf("%" width_missing "s", "") cell
          else cell = cell sprintf("%" width_missing "s", "")
          printf "| %s ", cell
        }
        print "|"
      }
      rows = 0
      split("", width)
    }
    /^[|]/ {
      rows++
      columns = NF
      for (column = 2; column < NF; column++) {
        cells[rows, column] = $column
        if (rows == 2) right[column] = $column ~ /:$/
        else if (length($column) > width[column]) width[column] = length($column)
      }
      next
    }
    { if (rows) flush_table(); print }
    END { if (rows) flush_table() }'
}

report_table() {
  local path variant
  echo '| path | variant | requests/s | of native | p50 ms | p99 ms | lowest and highest round |'
  echo '|---|---|---:|---:|---:|---:|---|'
  for path in $paths; do
    for variant in $variants; do
      printf '| `%s` | %s | %.0f | %.1f %% | %.3f | %.3f | %s |\n' "$path" "$variant" \
        "$(over_rounds "$variant" "$path" rate | median)" "$(ratio "$variant" "$path")" \
        "$(over_rounds "$variant" "$path" p50 | median)" "$(over_rounds "$variant" "$path" p99 | median)" \
        "$(spread "$variant" "$path")"
    done
  done
  echo
  echo '| variant | start to first response, ms | resident memory after the load, MiB |'
  echo '|---|---:|---:|'
  for variant in $variants; do
    printf '| %s | %.1f | %.1f |\n' "$variant" "$(median <"$out/raw/$variant.startup_ms")" "$(<"$out/raw/$variant.rss_mib")"
  done
}

{
  echo '# shallop demo'
  echo
  report_table | align
  echo
  echo "$connections keep-alive connections, wrk with one thread, $rounds interleaved rounds of $seconds_per_load s; medians." \
    "Start: median of $starts."
  echo
  echo "- machine: $(nproc) CPUs, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r)"
  echo "- versions: $(clang++-19 --version | head -n 1); $(wrk -v 2>&1 | head -n 1 | cut -d' ' -f1-2);" \
    "shallop $(git describe --always --dirty 2>/dev/null || echo 'of a copy without git')"
  echo "- taken: $(date -u +%Y-%m-%dT%H:%MZ); raw results beside this file in raw/"
} >"$out/report.md"

echo
report_table | align
echo
say "written: $out/report.md"
