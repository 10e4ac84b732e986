// SPDX-License-Identifier: Apache-2.0
// Carries out a plan: gets the variants ready, checks that they answer alike, loads them block by block and keeps what
// was measured after every server's life. docs/compare.md says how and why.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compare/http_probe.hpp"
#include "compare/plan.hpp"
#include "compare/results.hpp"
#include "compare/server.hpp"
#include "compare/variants.hpp"

namespace shallop::compare {

struct RunnerOptions {
  Tools tools;
  std::string generator;  // the program shallop-bench
  std::string output_directory;
  std::vector<std::string> arguments;
  std::string version;
  std::function<void(const std::string&)> progress;
  const std::atomic<bool>* stop = nullptr;  // becomes true when the user wants it to end
};

class Runner {
 public:
  Runner(const Plan& plan, const RunnerOptions& options);
  ~Runner() { unload_images(); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // All of the plan, or what is missing in `earlier`, which was interrupted; the error is a sentence. After every life
  // of a server report.json has what there is. When `stop` became true the results are not complete.
  std::expected<Results, std::string> run(std::optional<Results> earlier);

 private:
  struct Subject {
    Variant variant;
    VariantResult result;
    bool is_usable = true;  // it has not failed
  };

  void begin();
  std::expected<void, std::string> resume(Results earlier);
  void choose_cores();
  void probe_machine();
  void prepare(Subject& subject);
  bool make_artefact(Subject& subject);
  bool engine_answers(Subject& subject);
  bool load_image(Subject& subject);
  void unload_images();
  void measure_starts();
  void measure_system_calls();
  void measure_blocks();
  void measure_life(Subject& subject, unsigned block, unsigned position);
  Measurement measure(Subject& subject, Server& server, const Load& load);
  std::string check_answers(const Subject& subject, const Server& server);
  std::optional<nlohmann::json> generate(const Server& server, const Load& load, int64_t duration_ns,
                                         const std::string& body, Child::Ending& ending, std::string& failure);
  std::vector<const Load*> loads_of(const Subject& subject) const;
  void fit_into_budget();
  bool is_beyond_budget() const;
  std::vector<size_t> shuffled(unsigned round) const;
  bool is_done(const Subject& subject, unsigned block) const;
  void fail(Subject& subject, const std::string& why);
  ServerOptions server_options(const Subject& subject) const;
  std::string work_file(const Subject& subject, std::string_view extension) const;
  std::expected<void, std::string> save();
  bool stops() const { return *options_.stop; }

  const Plan& plan_;
  const RunnerOptions& options_;
  Results results_;
  std::vector<Subject> subjects_;
  // What the first variant of a service that worked answered, by service and path: what all have to answer.
  std::map<std::pair<std::string, std::string>, ProbeAnswer> expected_;
  std::map<std::string, double> made_;      // artefacts, and the seconds that it took to make them
  std::map<Command, std::string> engines_;  // by what asks them: why one does not answer; empty: it does
  std::vector<Command> loaded_;             // what unloads the images that engines have of us
  int64_t duration_ns_ = 0;                 // of a measurement, as the budget allows
  unsigned repeats_left_ = 0;
  int64_t begin_ns_ = 0;
};

}  // namespace shallop::compare
