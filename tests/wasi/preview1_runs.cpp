// SPDX-License-Identifier: Apache-2.0
#include "wasi/preview1_runs.hpp"

#include <filesystem>
#include <sstream>

#include "support/temporary_directory.hpp"

namespace shallop::preview1 {
namespace {

// For the directories that must not change: `state` tells what can be seen of one from the host, `unchanged` that it is
// as it was. Looking at a directory or link may set its time of access, so of them that is left out.
constexpr const char* functions = R"(
state() { find "$1" \( -type f -printf '%p %y %s %n %T@ %A@\n' \) -o -printf '%p %y %l %n %T@\n' | sort; }
unchanged() { state "$1" | cmp before - || { echo "FAILED: $1 has changed"; return 1; }; })";

constexpr const char* tree = R"(
mkdir -p work/sub; echo content > work/file; mkfifo work/fifo
ln -s file work/link; ln -s sub work/dirlink; ln -s nothing work/dangling; ln -s loop work/loop)";

constexpr const char* two_trees = R"(
for top in fixed loose; do
  mkdir -p $top/sub; echo content > $top/file; echo content > $top/sub/file; ln -s file $top/link
done
state fixed > before)";

constexpr const char* sandbox = R"(
mkdir -p outside/dir inside/sub second
echo secret > outside/secret; echo file > inside/file; echo file > inside/sub/file; echo file > second/file
ln inside/file inside/hard
ln -s "$PWD/outside" inside/abs; ln -s ../outside inside/rel; ln -s ../.. inside/sub/up
ln -s chain2 inside/chain1; ln -s chain3 inside/chain2; ln -s rel inside/chain3
ln -s sub/../../outside inside/winding; ln -s / inside/top; ln -s /proc/self/root inside/proc
ln -s loop2 inside/loop1; ln -s loop1 inside/loop2
ln -s inside inside-link
state outside > before)";

// It runs by its own name, as some hosts have one program of many names, and is in place before the guest starts.
constexpr const char* running_program = R"(
work/sleep 20 & ln work/sleep work/program
until [ work/sleep -ef /proc/$!/exe ]; do :; done
$RUN --dir work $GUESTS/surroundings.wasm program; status=$?
kill $!; exit $status)";

constexpr const char* two_file_systems = R"sh(
[ "$(stat -c %d /dev/shm)" != "$(stat -c %d work)" ] || {
  echo 'no second file system: /dev/shm is missing or none of its own' >&2; exit 77; }
other=$(mktemp -d /dev/shm/shallop-test.XXXXXX) || exit 77
$RUN --dir work --dir "$other:/other" $GUESTS/surroundings.wasm systems; status=$?
rm -r "$other"; exit $status)sh";

constexpr GuestRun runs[] = {
    {"ArgumentsClocksChance", "args_clock_random", "",
     "$RUN --env A=1 --env EMPTY= $GUESTS/args_clock_random.wasm one 'two words'"},
    {"Files", "files", "mkdir work", "$RUN --dir work $GUESTS/files.wasm", true},
    {"Table", "table", "mkdir work second", "$RUN --dir work:/work --dir second:/second $GUESTS/table.wasm"},
    {"Directories", "directories", "mkdir work", "$RUN --dir work $GUESTS/directories.wasm"},
    {"Opening", "opening", tree, "$RUN --dir work --dir /:/ $GUESTS/opening.wasm", true},
    {"Entries", "entries", tree, "$RUN --dir work --dir /:/ $GUESTS/entries.wasm", true},
    {"ReadOnly", "read_only", two_trees,
     "$RUN --dir fixed:/fixed:ro --dir loose:/loose $GUESTS/read_only.wasm && unchanged fixed", true},
    {"StreamsAsPipes", "streams", "", "printf hello | $RUN $GUESTS/streams.wasm pipes"},
    {"StreamsAsFiles", "streams", "printf hello > input", "$RUN $GUESTS/streams.wasm file < input"},
    {"StreamsAsTerminal", "streams", "",
     "command -v script > /dev/null || { echo 'script(1) is not installed' >&2; exit 77; }; "
     "script -qec \"$RUN $GUESTS/streams.wasm terminal < /dev/tty\" /dev/null < /dev/null"},
    {"StreamsAsTheNullDevice", "streams", "", "$RUN $GUESTS/streams.wasm null 2> /dev/null"},
    {"AFullStream", "streams", "", "$RUN $GUESTS/streams.wasm full 2> /dev/full"},
    {"AClosedStream", "streams", "mkfifo gone",
     "exec 3<> gone 4> gone 3<&-; $RUN $GUESTS/streams.wasm closed 2>&4 4>&-"},
    {"Polling", "polling", "mkdir work", "sleep 1 | $RUN --dir work $GUESTS/polling.wasm"},
    {"Limits", "limits", "mkdir work", "ulimit -f 8; ulimit -n 32; $RUN --net --dir work $GUESTS/limits.wasm", true},
    {"ARunningProgram", "surroundings", "mkdir work; cp /bin/sleep work", running_program},
    {"TwoFileSystems", "surroundings", "mkdir work", two_file_systems},
    {"Signals", "ending", "", "$RUN $GUESTS/ending.wasm"},
    {"Sockets", "sockets", "mkdir work", "$RUN --net --dir work $GUESTS/sockets.wasm"},
    {"Sandbox", "sandbox", sandbox, "$RUN --dir inside --dir second $GUESTS/sandbox.wasm \"$PWD\" && unchanged outside",
     true},
    {"SandboxThroughALink", "sandbox", sandbox,
     "$RUN --dir inside-link --dir second $GUESTS/sandbox.wasm \"$PWD\" && unchanged outside", true},
};

// The folder that holds `program` with native code in it, compiled unless it is there: some runs have limits under
// which no compiler could work.
std::string compiled_guests(const std::string& program) {
  namespace fs = std::filesystem;
  const fs::path compiler = fs::path(SHALLOP_PROGRAM).parent_path() / "shallop-compiler";
  const fs::path module = fs::path(PREVIEW1_GUESTS) / (program + ".wasm");
  const fs::path folder = fs::path(SHALLOP_TEST_CACHE) / "preview1";
  const fs::path compiled = folder / module.filename();
  fs::create_directories(folder);
  std::error_code none_there;
  const fs::file_time_type made = fs::last_write_time(compiled, none_there);
  if (none_there || made < fs::last_write_time(module) || made < fs::last_write_time(compiler)) {
    cli::Process({compiler, "-O1", "-o", compiled, module}, "/", {}).wait();
  }
  return folder;
}

}  // namespace

std::span<const GuestRun> guest_runs() { return runs; }

cli::Process::Ending run(const GuestRun& run, Resolver resolver, Build build) {
  const TemporaryDirectory directory;
  const bool is_compiled = build == Build::compiled;
  const std::string guests = is_compiled ? compiled_guests(run.program) : PREVIEW1_GUESTS;
  const std::string shallop =
      SHALLOP_PROGRAM " run " + std::string(is_compiled ? "--allow-native --require-native" : "--engine interpreter");
  const std::string start = resolver == Resolver::host ? shallop : WITHOUT_OPENAT2 " " + shallop;
  const std::string script = std::string(functions) + "\nset -e\n" + run.layout + "\nset +e\n" + run.command;
  return cli::Process({"/bin/sh", "-c", script}, directory.path(),
                      {"PATH=/usr/bin:/bin", "RUN=" + start, "GUESTS=" + guests})
      .wait();
}

std::map<std::string, std::set<std::string>> answers(const std::string& output) {
  std::map<std::string, std::set<std::string>> found;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();  // a terminal's
    const size_t space = line.find(' ');
    if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) continue;
    found[line.substr(0, space)].insert(line.substr(space + 1));
  }
  return found;
}

}  // namespace shallop::preview1
