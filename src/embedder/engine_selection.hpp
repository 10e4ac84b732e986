// SPDX-License-Identifier: Apache-2.0
// Which engine runs a module, and why. Native code comes from the module's own file, if the user trusts it, from the
// cache, or is compiled; what cannot be had is said in one line on standard error, and the module is interpreted.
#pragma once

#include <memory>
#include <string>

#include "embedder/event_log.hpp"
#include "runtime/engine.hpp"
#include "validation/validated_module.hpp"

namespace shallop {

enum class EngineChoice : uint8_t {
  automatic,    // native code that is there; else interpreted at once, and compiled meanwhile
  interpreter,  // nothing else
  native,       // waits for the compilation
};

struct EngineOptions {
  EngineChoice choice = EngineChoice::automatic;
  bool allow_native = false;    // run native code that came with the file
  bool require_native = false;  // rather fail than interpret
  bool perf_map = false;        // name the native functions for perf
  std::string native_store;     // a host's directory of native code (aot/native_store.hpp); empty: there is none
  bool verbose = false;         // also tell what is as it should be
  LogFormat log = LogFormat::text;
};

// Compiles beside the guest, and ends with its owner.
class BackgroundCompilation;

struct SelectedEngine {
  std::shared_ptr<const Code> code;
  std::string description;  // "native code of the cache"
  bool is_native = false;
  std::shared_ptr<BackgroundCompilation> compilation;
};

// `file` is for messages. Throws Error when native code is required and cannot be had.
SelectedEngine select_engine(const std::string& file, std::shared_ptr<const ValidatedModule> module,
                             const EngineOptions& options);

}  // namespace shallop
