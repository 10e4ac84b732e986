// SPDX-License-Identifier: Apache-2.0
// Lowering: the body of a validated function -> slot code. One pass, one visitor.
#pragma once

#include <cstdint>
#include <vector>

#include "interpreter/code.hpp"
#include "validation/validated_module.hpp"

namespace shallop::interpreter {

struct LoweredFunction {
  std::vector<Word> words;
  uint32_t first_word = 0;  // execution starts here
  uint32_t frame_slots = 0;
  std::vector<CatchHandler> catch_handlers;
};

// Where the instructions of the module are in the words: ascending, for backtraces.
struct InstructionPlace {
  uint32_t word;
  size_t offset;  // in the module's bytes
};

// `module_code` gives the addresses of callees; `places`, if not null, is filled. Throws ValidationError when the frame
// would exceed limits::frame_slots, nothing else.
LoweredFunction lower(const ModuleCode& module_code, uint32_t defined_index, MemoryAccess access,
                      std::vector<InstructionPlace>* places = nullptr);

// An upper bound of the frame's slots that needs no lowering. `most_results` is that of the module: to be asked for all
// functions, and both may be a million.
uint64_t frame_slots_bound(const Module& module, uint32_t defined_index, uint64_t most_results);
// The largest number of results of any type of the module, and 1 at least.
uint64_t most_results(const Module& module);

uint32_t slots_of(const std::vector<ValueType>& types);

}  // namespace shallop::interpreter
