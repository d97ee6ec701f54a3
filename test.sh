#!/usr/bin/env bash
#
# Builds the solution, runs every test project, and kills processes at work for a short while: on both stores those that
# commit, and those that deliver; and those that send and receive through a broker. Each of these runs counts as a test. The last line reads "N passed, N failed", with
# ", N skipped" if any were.
#
#   ./test.sh                                         everything
#   ./test.sh -- -class 'Protean.Tests.StreamName*'   options for the xUnit.net runner
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

[[ ${1-} != -- ]] || shift
runner_options=("$@")

# With invariant globalization the SDK runs on machines without libicu, as the product itself does.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Where the official install script puts the SDK, and where Debian keeps servers and system tools.
PATH="$PATH:${DOTNET_ROOT:-${HOME-}/.dotnet}:/usr/sbin:/sbin"

as_root=()
((EUID == 0)) || as_root=(sudo)

time_limit=10m # for one project; one that hangs fails, and the others still run
chaos_limit=4m # the same for one run of benchmarks/Chaos

passed=0 failed=0 skipped=0
child='' work='' broken=''

clean_up() {
  if [[ -n $child ]]; then
    kill "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  [[ -z $work ]] || rm -rf -- "$work"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "FAILED: $*"
  broken+="$*"$'\n'
  failed=$((failed + 1))
}

# Prints what has failed once more, since what came after it may be long, and the totals. Ends with the exit code that
# follows from them.
finish() {
  local line="$passed passed, $failed failed"
  if [[ -n $broken ]]; then
    say
    say "== What failed"
    say "$broken"
  fi
  if ((skipped > 0)); then
    line+=", $skipped skipped"
  fi
  printf '%s\n' "$line"
  exit "$((failed > 0))"
}

# run COMMAND...: in the background, since bash answers a signal at once only while it waits.
run() {
  local status=0
  "$@" &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

# need BINARY PACKAGE: installs the Debian package when the binary is missing. Where that cannot be done it says so
# and goes on, since the machine may provide the thing in its own way; what truly needs it then fails by name.
need() {
  if command -v "$1" >/dev/null; then
    return
  fi
  if ! command -v apt-get >/dev/null || ! command -v "${as_root[@]:-true}" >/dev/null; then
    say "'$1' is missing and cannot be installed from here (it takes apt-get, and root or sudo): going on without $2."
    return
  fi
  say "Installing $2, for '$1'."
  if ! run "${as_root[@]}" apt-get update -q >&2 ||
    ! run "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$2" >&2; then
    say "$2 could not be installed: going on without it."
  fi
}

# need_postgres: for the tests, which start a server of their own. Debian keeps its programs off the PATH, and would start
# a server for the whole machine with the package; nobody has asked for that one.
need_postgres() {
  local settings=/etc/postgresql-common/createcluster.d
  local no_cluster=$settings/protean-test-run.conf
  if [[ -n ${PROTEAN_POSTGRES-} ]] || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
    return
  fi
  if ! command -v postgres >/dev/null && command -v apt-get >/dev/null; then
    "${as_root[@]}" mkdir -p "$settings" 2>/dev/null &&
      "${as_root[@]}" tee "$no_cluster" <<<'create_main_cluster = false' >/dev/null || true
  fi
  need postgres postgresql
  [[ ! -e $no_cluster ]] || "${as_root[@]}" rm -f -- "$no_cluster"
}

# need_rabbitmq: the same. Debian would start a node for the whole machine with the package, now and with every start of
# the machine.
need_rabbitmq() {
  local policy=/usr/sbin/policy-rc.d ours=''
  if [[ -n ${PROTEAN_RABBITMQ-} ]] || command -v rabbitmq-server >/dev/null; then
    return
  fi
  if command -v apt-get >/dev/null && [[ ! -e $policy ]] &&
    "${as_root[@]}" tee "$policy" <<<$'#!/bin/sh\nexit 101' >/dev/null 2>&1; then
    ours=1
    "${as_root[@]}" chmod 755 "$policy"
  fi
  need rabbitmq-server rabbitmq-server
  [[ -z $ours ]] || "${as_root[@]}" rm -f -- "$policy"
  if command -v systemctl >/dev/null && command -v rabbitmq-server >/dev/null; then
    "${as_root[@]}" systemctl --quiet disable rabbitmq-server.service epmd.service epmd.socket >/dev/null 2>&1 || true
  fi
}

need_sdk() {
  if ! command -v dotnet >/dev/null || ! dotnet --version >/dev/null; then
    say "The .NET SDK 10 is needed. Install it from https://dotnet.microsoft.com/download/dotnet/10.0, or into ~/.dotnet with"
    say "    curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
    fail "no .NET SDK that global.json accepts"
    finish
  fi
}

build() {
  say "== Build"
  # No build node may outlive the script and keep its output open.
  if ! run dotnet build Protean.Net.sln -c Release -v quiet -tl:off -nodeReuse:false \
    -p:ProjectListDirectory="$work/projects"; then
    fail "the build"
    finish
  fi
}

# count ATTRIBUTE: the number it has in the start tag $assembly.
count() {
  [[ $assembly =~ \ $1=\"([0-9]+)\" ]] && printf '%s' "${BASH_REMATCH[1]}"
}

# broken_tests FILE: the names of the tests that failed, what each said, and where.
broken_tests() {
  awk -v RS='<test ' '
    function between(start, end, text, at) {
      if (!(at = index($0, start))) return ""
      text = substr($0, at + length(start))
      return (at = index(text, end)) ? substr(text, 1, at - 1) : text
    }
    / result="Fail"/ {
      print between(" name=\"", "\"")
      print substr(between("<message><![CDATA[", "]]></message>"), 1, 2000)
      if (match($0, / in [^\n]*:line [0-9]+/)) print " " substr($0, RSTART, RLENGTH)
    }' "$1" || true
}

# add_report NAME FILE STATUS: adds the counts of a test run's report to the totals.
add_report() {
  local name=$1 file=$2 status=$3 head assembly p f e s
  # The totals stand in the start tag of the first element, before any text that a test could have written.
  head=$(head -c 16384 -- "$file" 2>/dev/null | tr -d '\0') || true
  if [[ $head =~ \<assembly\ [^\>]*\> ]] && assembly=${BASH_REMATCH[0]} &&
    p=$(count passed) && f=$(count failed) && e=$(count errors) && s=$(count skipped); then
    passed=$((passed + p)) failed=$((failed + f + e)) skipped=$((skipped + s))
    say "   $((p + f)) run, $s skipped, $((f + e)) in error"
    ((f + e == 0)) || broken+="$(broken_tests "$file")"$'\n'
    if ((p + f + e == 0 && ${#runner_options[@]} == 0)); then
      fail "$name ran no test"
    elif ((status != 0 && f + e == 0)); then
      fail "$name exited with code $status though no test of it failed"
    fi
  elif ((status == 124)); then
    fail "$name was ended after $time_limit"
  else
    fail "$name left no report, exit code $status"
  fi
}

run_tests() {
  local project name assembly status
  while IFS= read -r -d '' project; do
    name=$(basename -- "$project" .csproj)
    if [[ ! -e $work/projects/$name ]]; then
      fail "$name was not built: is it in Protean.Net.sln?"
      continue
    fi
    assembly=$(<"$work/projects/$name")
    [[ -n $assembly ]] || continue # no test project
    say "== $name"
    status=0
    run timeout --kill-after=15s "$time_limit" dotnet exec "$assembly" \
      -noLogo -noColor -noAutoReporters -reporter quiet -xml "$work/$name.xml" \
      ${runner_options[@]+"${runner_options[@]}"} || status=$?
    add_report "$name" "$work/$name.xml" "$status"
  done < <(find tests -name '*.csproj' -print0 | sort -z)
  if ((passed + failed == 0)); then
    fail "no test was run"
  fi
}

# run_chaos NAME COMMAND OPTION...: a short run of benchmarks/Chaos. It counts as one test.
run_chaos() {
  local name=$1 log=$work/chaos.log status=0
  shift
  say "== $name"
  run timeout --kill-after=15s "$chaos_limit" \
    dotnet exec benchmarks/Chaos/bin/Release/net10.0/Protean.Benchmarks.Chaos.dll "$@" --kills 5 >"$log" 2>&1 || status=$?
  if ((status == 0)); then
    passed=$((passed + 1))
    say "   $(tail -n 1 -- "$log")"
  else
    cat -- "$log" >&2
    fail "$name, exit code $status"
  fi
}

# Options for the runner choose among the tests, and these are none of them.
run_all_chaos() {
  ((${#runner_options[@]} == 0)) || return 0
  run_chaos "Chaos on PostgreSQL" store ${PROTEAN_POSTGRES:+--postgres "$PROTEAN_POSTGRES"}
  run_chaos "Chaos on SQLite" store --sqlite
  run_chaos "Chaos of the engine on PostgreSQL" engine --nodes 2 ${PROTEAN_POSTGRES:+--postgres "$PROTEAN_POSTGRES"}
  run_chaos "Chaos of the engine on SQLite" engine --nodes 2 --sqlite
  run_chaos "Chaos of the broker" broker --notifications 1000 ${PROTEAN_RABBITMQ:+--rabbitmq "$PROTEAN_RABBITMQ"} ${PROTEAN_POSTGRES:+--postgres "$PROTEAN_POSTGRES"}
}

work=$(mktemp -d)
mkdir -- "$work/projects"

# What the run needs beyond the SDK: one line a thing.
need update-ca-certificates ca-certificates # to restore packages over HTTPS
need_postgres
[[ -n ${CHROMIUM_PATH-} ]] || need chromium chromium # to look at the page of the sample
need_rabbitmq
need_sdk

build
run_tests
run_all_chaos
finish
