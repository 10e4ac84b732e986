// SPDX-License-Identifier: Apache-2.0
#include "loadgen/bench_program.hpp"

#include <sstream>

namespace shallop::loadgen {

std::unique_ptr<cli::Process> start_bench(const std::string& arguments, const More& more) {
  std::vector<std::string> command{SHALLOP_PROGRAM, "bench"};
  std::istringstream words(arguments);
  for (std::string word; words >> word;) command.push_back(word);
  command.insert(command.end(), more.begin(), more.end());
  return std::make_unique<cli::Process>(command, ".", std::vector<std::string>{"PATH=/usr/bin:/bin"});
}

BenchRun finish_bench(cli::Process& process) {
  const cli::Process::Ending ending = process.wait(std::chrono::seconds(60));
  BenchRun run{.out = ending.out, .err = ending.err, .status = ending.status, .json = {}};
  if (!run.out.starts_with('{')) return run;
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) run.json = nlohmann::json::parse(line);
  return run;
}

BenchRun bench(const std::string& arguments, const More& more) { return finish_bench(*start_bench(arguments, more)); }
BenchRun bench_json(const std::string& arguments, const More& more) {
  return bench(arguments + " --json --quiet", more);
}

}  // namespace shallop::loadgen
