// SPDX-License-Identifier: Apache-2.0
// Runs one script of the official suites under one engine: all its modules live in one store, commands run in order. A
// thread of a script is a thread of the host, with a store of its own.
// https://github.com/WebAssembly/spec/tree/main/interpreter#scripts
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine.hpp"
#include "runtime/store.hpp"
#include "spec/suites.hpp"
#include "validation/validated_module.hpp"

namespace shallop::spec {

struct EngineUnderTest {
  std::string name;
  std::shared_ptr<const Code> (*prepare)(std::shared_ptr<const ValidatedModule>);
  MemoryPolicy memory;
};

struct Failure {
  int line = 0;
  std::string message;
};

// Counts commands: assertions, and modules, actions and registrations that must succeed.
struct Report {
  int passed = 0;
  // By reason: malformed text, as there is no text parser to refuse it, and proposals that we do not have.
  std::map<std::string, int> skipped;
  std::vector<Failure> failures;
  // The files of modules that ran as typed_references.hpp writes them.
  std::vector<std::string> rewritten;
};

// Throws std::runtime_error if the script itself cannot be read.
Report run_script(const Script& script, const EngineUnderTest& engine);

}  // namespace shallop::spec
