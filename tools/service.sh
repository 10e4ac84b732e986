# SPDX-License-Identifier: Apache-2.0
# Starting, checking, loading and stopping the example service's variants. Sourced by demo.sh, which says what a variant
# is (variant_command) and where output goes ($out).

declare -A service_pid=() service_port=()

free_port() { # a loopback port on which nobody listens now
  local port
  for _ in $(seq 100); do
    port=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  die "found no free port between 20000 and 30000"
}

stop_service() { # stop_service VARIANT
  local pid=${service_pid[$1]:-}
  [ -n "$pid" ] || return 0
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  unset "service_pid[$1]"
}

stop_services() {
  local variant
  for variant in "${!service_pid[@]}"; do stop_service "$variant"; done
}

start_service() { # start_service VARIANT: sets startup_ms, from the launch to the first response
  local variant=$1 port log=$out/raw/$1.log status_line begin deadline
  local -a command
  port=$(free_port)
  mapfile -t command < <(variant_command "$variant" "$port")
  begin=${EPOCHREALTIME/[.,]/}
  deadline=$((begin + 10000000))
  "${command[@]}" >"$log" 2>&1 </dev/null &
  service_pid[$variant]=$! service_port[$variant]=$port
  # Opened by the shell itself: a process per try would take longer than the service's start.
  until { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; do
    if ! kill -0 "${service_pid[$variant]}" 2>/dev/null || ((${EPOCHREALTIME/[.,]/} > deadline)); then
      tail -n 5 "$log" >&2
      die "$variant did not start (${command[*]}); its last words are above"
    fi
  done
  printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  IFS= read -r -t 10 status_line <&3 || die "$variant accepted a connection and did not answer; its output is in $log"
  startup_ms=$(awk "BEGIN { print (${EPOCHREALTIME/[.,]/} - $begin) / 1000 }")
  exec 3<&-
  [[ $status_line == 'HTTP/1.1 200 '* ]] || die "$variant answered '$status_line' instead of status 200"
}

check_answer() { # check_answer VARIANT EXPECTED METHOD PATH: compares "status content-length body"
  local variant=$1 expected=$2 method=$3 path=$4 answer
  local -a how=(-X "$method")
  [ "$method" != HEAD ] || how=(--head)
  [ "$method" != POST ] || how+=(--data 'some data')
  answer=$(curl --silent --max-time 30 "${how[@]}" -o "$out/raw/body" -w '%{http_code} %header{content-length}' \
    "http://127.0.0.1:${service_port[$variant]}$path") || answer="no response (curl status $?)"
  [ "$method" = HEAD ] || answer+=" $(<"$out/raw/body")"
  [ "$answer" = "$expected" ] || die "$variant answered '$answer' to $method $path instead of '$expected'"
  printf '   %-12s %-5s %-7s %s\n' "$variant" "$method" "$path" "$answer"
}

check_answers() { # check_answers VARIANT
  check_answer "$1" '200 22 Hello from GET request' GET /
  check_answer "$1" '200 23 Hello from POST request' POST /
  check_answer "$1" '200 26 Hello from unknown request' PUT /
  check_answer "$1" '200 22 Hello from GET request' GET /heavy
  check_answer "$1" '200 26' HEAD /
}

load_service() { # load_service VARIANT PATH CONNECTIONS SECONDS RESULT: writes RESULT.{wrk,rate,p50,p99}
  local variant=$1 path=$2 connections=$3 seconds=$4 result=$5
  wrk -t1 -c"$connections" -d"${seconds}s" --timeout 10s --latency \
    "http://127.0.0.1:${service_port[$variant]}$path" >"$result.wrk" 2>&1 || {
    cat "$result.wrk" >&2
    die "wrk could not load $variant; its output is above"
  }
  if grep -E '^ *(Socket errors|Non-2xx)' "$result.wrk" >&2; then
    die "$variant answered the load on $path with errors; wrk's output is in $result.wrk"
  fi
  sed -n 's/^Requests\/sec: *//p' "$result.wrk" >"$result.rate"
  local percentile
  for percentile in 50 99; do
    awk -v name="$percentile%" '$1 == name {
      unit = $2; sub(/[0-9.]+/, "", unit)
      print $2 * (unit == "us" ? 0.001 : unit == "ms" ? 1 : 1000)
    }' "$result.wrk" >"$result.p$percentile"
  done
}

rss_mib() { # rss_mib VARIANT
  awk '/^VmRSS:/ { print $2 / 1024 }' "/proc/${service_pid[$1]}/status"
}
