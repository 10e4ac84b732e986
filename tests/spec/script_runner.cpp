// SPDX-License-Identifier: Apache-2.0
#include "spec/script_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/file.hpp"
#include "binary/decode.hpp"
#include "runtime/instantiate.hpp"
#include "runtime/linker.hpp"
#include "spec/spectest_module.hpp"
#include "spec/typed_references.hpp"
#include "spec/value_pattern.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop::spec {
namespace {

using nlohmann::json;

// Why a command failed; nothing if it passed.
using Verdict = std::optional<std::string>;
constexpr std::nullopt_t passed = std::nullopt;

std::string describe(const Outcome& outcome) {
  if (const auto* trap = std::get_if<Trap>(&outcome)) return fmt::format("trap: {}", text(trap->code));
  if (const auto* exit = std::get_if<Exit>(&outcome)) return fmt::format("exit {}", exit->code);
  if (std::holds_alternative<UncaughtException>(outcome)) return "an exception";
  std::string described = "results:";
  for (const Value& each : std::get<Results>(outcome)) described += " " + describe_value(each);
  return described;
}

// A command that cannot be judged, and why: it depends on a module of a proposal that we do not have.
struct Skipped {
  std::string reason;
};

// A script's "uninitialized element 2" is our "uninitialized element".
bool is_trap(const Outcome& outcome, const std::string& wanted) {
  const auto* trap = std::get_if<Trap>(&outcome);
  if (trap == nullptr) return false;
  const std::string_view reason = text(trap->code);
  return reason.starts_with(wanted) || wanted.starts_with(reason);
}

class ScriptRunner {
 public:
  ScriptRunner(std::filesystem::path folder, Features features, const EngineUnderTest& engine)
      : folder_(std::move(folder)), features_(features), engine_(engine), store_({.memory = engine.memory}) {
    define_spectest(store_, linker_);
  }

  void run_all(const json& commands) {
    for (const json& command : commands) run(command);
  }

  // Threads that nobody has waited for are waited for.
  Report take_report() {
    while (!threads_.empty()) join(threads_.begin());
    return std::move(report_);
  }

 private:
  // What one thread may have of another's instance, by the names of its exports.
  using SharedMemories = std::vector<std::pair<std::string, std::shared_ptr<Memory>>>;

  struct ScriptThread {
    std::unique_ptr<ScriptRunner> runner;
    std::future<void> ended;
  };

  void run(const json& command) {
    if (command.value("module_type", "binary") == "text") {
      ++report_.skipped["text format"];
      return;
    }
    Verdict verdict;
    try {
      verdict = verdict_on(command);
    } catch (const Skipped& skipped) {
      ++report_.skipped[skipped.reason];
      return;
    } catch (const Error& error) {
      verdict = fmt::format("not loaded: {}", error.what());
    }
    if (verdict) {
      report_.failures.push_back({.line = command.at("line"),
                                  .message = fmt::format("{}: {}", command.at("type").get<std::string>(), *verdict)});
    } else {
      ++report_.passed;
    }
  }

  Verdict verdict_on(const json& command) {
    const std::string type = command.at("type");
    if (type == "module") return instantiate_module(command);
    if (type == "module_definition") return define_module(command);
    if (type == "module_instance") return instantiate_definition(command);
    if (type == "register") return register_instance(command);
    if (type == "action") return expect_results(act(command.at("action")), nullptr);
    if (type == "assert_return") return expect_results(act(command.at("action")), &command.at("expected"));
    if (type == "assert_trap" || type == "assert_exhaustion") return expect_trap(act(command.at("action")), command);
    if (type == "assert_exception") return expect_exception(act(command.at("action")));
    if (type == "assert_malformed") return expect_load_error<DecodeError>(command);
    if (type == "assert_invalid") return expect_load_error<ValidationError>(command);
    if (type == "assert_unlinkable") return expect_link_error(command);
    if (type == "thread") return start_thread(command);
    if (type == "wait") return wait_for_thread(command);
    if (type == "assert_uninstantiable") return expect_trap(instantiate_file(command).outcome, command);
    return "the runner does not know this command";
  }

  // --- Modules ---

  std::vector<std::byte> read_module(const json& command) const {
    const std::string file = folder_ / command.at("filename").get<std::string>();
    auto bytes = read_file(file, limits::module_size_bytes);
    if (!bytes) throw std::runtime_error(file + ": " + bytes.error().message());
    return std::move(*bytes);
  }

  std::shared_ptr<const ValidatedModule> load(const json& command) const {
    try {
      return validate(decode(read_module(command), features_));
    } catch (const UnsupportedError& error) {
      // In a version's own tests what it does not have is simply malformed.
      if (features_ != Features::all()) throw;
      throw Skipped{std::string(text(error.proposal()))};
    }
  }

  // For a module that is to run, which may be one that we have to write anew.
  std::shared_ptr<const ValidatedModule> load_to_run(const json& command) {
    try {
      return load(command);
    } catch (const Skipped& skipped) {
      if (skipped.reason != text(UnsupportedProposal::function_references)) throw;
      auto module = load_without_typed_references(read_module(command), features_);
      if (module == nullptr) throw;
      rewritten_.insert(module);
      report_.rewritten.push_back(command.at("filename"));
      return module;
    }
  }

  // That such a module loads says nothing of the one that was asked for: only the actions on it count.
  void count_as_skipped_if_rewritten(const Instance& instance) const {
    if (rewritten_.contains(instance.module))
      throw Skipped{std::string(text(UnsupportedProposal::function_references))};
  }

  Instantiation instantiate_module(std::shared_ptr<const ValidatedModule> module) {
    for (const Import& each : (*module)->imports) {
      if (const auto found = skipped_modules_.find(each.module); found != skipped_modules_.end()) {
        throw Skipped{found->second};
      }
    }
    auto code = engine_.prepare(module);
    return instantiate(store_, std::move(module), std::move(code), linker_);
  }

  Instantiation instantiate_file(const json& command) { return instantiate_module(load(command)); }

  // `make` gives an Instantiation, which becomes the current instance and that of `name`.
  template <class Make>
  Verdict make_current(const std::string& name, Make&& make) {
    Entry& entry = name.empty() ? current_ : instances_[name];
    current_ = entry = {.instance = nullptr, .skipped = {}};
    try {
      const Instantiation instantiation = make();
      if (!std::holds_alternative<Results>(instantiation.outcome)) return describe(instantiation.outcome);
      current_ = entry = {.instance = &instantiation.instance, .skipped = {}};
    } catch (const Skipped& skipped) {
      current_ = entry = {.instance = nullptr, .skipped = skipped.reason};
      throw;
    }
    return passed;
  }

  Verdict instantiate_module(const json& command) {
    const Verdict verdict =
        make_current(command.value("name", ""), [&] { return instantiate_module(load_to_run(command)); });
    if (!verdict) count_as_skipped_if_rewritten(*current_.instance);
    return verdict;
  }

  Verdict define_module(const json& command) {
    last_definition_ = command.value("name", "");
    definitions_[last_definition_] = load_to_run(command);
    return passed;
  }

  Verdict instantiate_definition(const json& command) {
    const auto found = definitions_.find(command.value("module", last_definition_));
    if (found == definitions_.end()) return "there is no such definition";
    const Verdict verdict =
        make_current(command.value("instance", ""), [&] { return instantiate_module(found->second); });
    if (!verdict) count_as_skipped_if_rewritten(*current_.instance);
    return verdict;
  }

  // The instance that a command's `key` names, or else the current one; null if there is none.
  const Instance* find_instance(const json& command, const char* key) const {
    const Entry* entry = &current_;
    if (command.contains(key)) {
      const auto found = instances_.find(command[key].get<std::string>());
      if (found == instances_.end()) return nullptr;
      entry = &found->second;
    }
    if (!entry->skipped.empty()) throw Skipped{entry->skipped};
    return entry->instance;
  }

  Verdict register_instance(const json& command) {
    const std::string as = command.at("as");
    if (const auto shared = shared_.find(command.value("name", "")); shared != shared_.end()) {
      for (const auto& [name, memory] : shared->second) linker_.define(as, name, memory.get());
      return passed;
    }
    try {
      const Instance* instance = find_instance(command, "name");
      if (instance == nullptr) return "there is no such instance";
      skipped_modules_.erase(as);
      registered_[as] = instance;
      linker_.define_instance(as, *instance);
    } catch (const Skipped& skipped) {
      skipped_modules_[as] = skipped.reason;
      throw;
    }
    return passed;
  }

  template <class WantedError>
  Verdict expect_load_error(const json& command) const {
    try {
      load(command);
    } catch (const WantedError&) {
      return passed;
    } catch (const Error& error) {
      return fmt::format("wanted '{}', refused for another kind of reason: {}", text_of(command), error.what());
    }
    return fmt::format("wanted '{}', was accepted", text_of(command));
  }

  Verdict expect_link_error(const json& command) {
    const auto module = load(command);
    for (const Import& each : (*module)->imports) {
      const auto found = registered_.find(each.module);
      if (found != registered_.end()) count_as_skipped_if_rewritten(*found->second);  // its types are others
    }
    try {
      instantiate_module(module);
    } catch (const LinkError&) {
      return passed;
    }
    return fmt::format("wanted '{}', was linked", text_of(command));
  }

  // --- Threads: https://github.com/WebAssembly/threads/tree/main/interpreter#scripts ---

  // What of the instance with that name can be seen by more than one thread.
  std::optional<SharedMemories> shareable(const std::string& name) const {
    if (const auto shared = shared_.find(name); shared != shared_.end()) return shared->second;
    const auto found = instances_.find(name);
    if (found == instances_.end() || found->second.instance == nullptr) return std::nullopt;
    const Instance& instance = *found->second.instance;
    SharedMemories memories;
    for (const Export& each : (*instance.module)->exports) {
      const Extern item = instance.export_of(each);
      Memory* const* memory = std::get_if<Memory*>(&item);
      if (memory != nullptr && (*memory)->is_shared()) memories.emplace_back(each.name, (*memory)->shared_from_this());
    }
    return memories;
  }

  void share(const std::string& name, const SharedMemories& memories) {
    for (const auto& [export_name, memory] : memories) store_.add_shared_memory(memory);
    shared_[name] = memories;
  }

  Verdict start_thread(const json& command) {
    auto runner = std::make_unique<ScriptRunner>(folder_, features_, engine_);
    for (const std::string name : command.at("shared")) {
      const std::optional<SharedMemories> memories = shareable(name);
      if (!memories) return "there is no instance " + name;
      runner->share(name, *memories);
    }
    ScriptThread& started = threads_[command.at("name")];
    started.runner = std::move(runner);
    started.ended =
        std::async(std::launch::async, &ScriptRunner::run_all, started.runner.get(), std::cref(command.at("commands")));
    return passed;
  }

  using Threads = std::map<std::string, ScriptThread>;

  void join(Threads::iterator ended) {
    ended->second.ended.get();
    Report report = ended->second.runner->take_report();
    report_.passed += report.passed;
    for (const auto& [reason, count] : report.skipped) report_.skipped[reason] += count;
    std::ranges::move(report.failures, std::back_inserter(report_.failures));
    std::ranges::move(report.rewritten, std::back_inserter(report_.rewritten));
    threads_.erase(ended);
  }

  Verdict wait_for_thread(const json& command) {
    const auto found = threads_.find(command.at("thread").get<std::string>());
    if (found == threads_.end()) return "there is no such thread";
    join(found);
    return passed;
  }

  // --- Actions ---

  // The outcome, or why there is none.
  using Acted = std::variant<Outcome, std::string>;

  Acted act(const json& action) {
    const Instance* instance = find_instance(action, "module");
    if (instance == nullptr) return "there is no such instance";
    const std::string field = action.at("field");
    const std::optional<Extern> item = instance->find_export(field);
    if (!item) return "there is no export " + field;
    return action.at("type") == "get" ? get(*item) : invoke_with(*item, action.at("args"));
  }

  static Acted get(const Extern& item) {
    const auto* const* global = std::get_if<GlobalInstance*>(&item);
    if (global == nullptr) return "not a global";
    const ValueType type = (*global)->type.type;
    const bool is_narrow = type == ValueType::i32 || type == ValueType::f32;
    const Slot first = (*global)->value[0];
    return Outcome(Results{Value{type, {is_narrow ? static_cast<uint32_t>(first) : first, (*global)->value[1]}}});
  }

  Acted invoke_with(const Extern& item, const json& json_arguments) {
    FunctionInstance* const* function = std::get_if<FunctionInstance*>(&item);
    if (function == nullptr) return "not a function";
    std::vector<Value> arguments;
    for (const json& each : json_arguments) arguments.push_back(parse_value(each));
    if (!std::ranges::equal(arguments, (*function)->type->parameters, {}, &Value::type)) {
      return "the function has type " + text(*(*function)->type);
    }
    return invoke(store_, **function, arguments);
  }

  // --- Expectations ---

  static std::string text_of(const json& command) { return command.value("text", ""); }

  // `patterns` is null where any results will do.
  static Verdict expect_results(const Acted& acted, const json* patterns) {
    if (const auto* problem = std::get_if<std::string>(&acted)) return *problem;
    const auto& outcome = std::get<Outcome>(acted);
    const auto* results = std::get_if<Results>(&outcome);
    if (results == nullptr) return describe(outcome);
    if (patterns == nullptr) return passed;
    const auto fits = [](const Value& value, const json& pattern) { return matches(pattern, value); };
    if (std::equal(results->begin(), results->end(), patterns->begin(), patterns->end(), fits)) return passed;
    std::string wanted;
    for (const json& each : *patterns) wanted += " " + describe_pattern(each);
    return fmt::format("wanted{}, got {}", wanted, describe(outcome));
  }

  static Verdict expect_trap(const Acted& acted, const json& command) {
    if (const auto* problem = std::get_if<std::string>(&acted)) return *problem;
    const auto& outcome = std::get<Outcome>(acted);
    if (is_trap(outcome, text_of(command))) return passed;
    return fmt::format("wanted trap '{}', got {}", text_of(command), describe(outcome));
  }

  static Verdict expect_exception(const Acted& acted) {
    if (const auto* problem = std::get_if<std::string>(&acted)) return *problem;
    const auto& outcome = std::get<Outcome>(acted);
    if (std::holds_alternative<UncaughtException>(outcome)) return passed;
    return fmt::format("wanted an exception, got {}", describe(outcome));
  }

  std::filesystem::path folder_;
  Features features_;
  const EngineUnderTest& engine_;
  Store store_;
  Linker linker_;

  // An instance, or why there is none.
  struct Entry {
    const Instance* instance = nullptr;
    std::string skipped;
  };
  Entry current_;
  std::map<std::string, Entry> instances_;
  std::map<std::string, const Instance*> registered_;
  std::map<std::string, std::string> skipped_modules_;  // registered, but not there: the reason
  std::map<std::string, std::shared_ptr<const ValidatedModule>> definitions_;
  std::string last_definition_;
  std::set<std::shared_ptr<const ValidatedModule>> rewritten_;
  std::map<std::string, SharedMemories> shared_;
  Threads threads_;
  Report report_;
};

}  // namespace

Report run_script(const Script& script, const EngineUnderTest& engine) {
  std::ifstream file(script.file);
  if (!file) throw std::runtime_error("cannot read " + script.file.string());
  const json content = json::parse(file);
  ScriptRunner runner(script.file.parent_path(), script.features, engine);
  runner.run_all(content.at("commands"));
  return runner.take_report();
}

}  // namespace shallop::spec
