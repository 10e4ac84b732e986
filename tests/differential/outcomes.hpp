// SPDX-License-Identifier: Apache-2.0
// How guests ended, as text that is the same for all engines; and what the differential tests are told from outside.
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "runtime/instance.hpp"
#include "runtime/outcome.hpp"

namespace shallop {

inline std::string describe(const Outcome& outcome) {
  if (const auto* trap = std::get_if<Trap>(&outcome)) return std::string(text(trap->code));
  if (const auto* uncaught = std::get_if<UncaughtException>(&outcome)) {
    const TagInstance& tag = *uncaught->exception->tag;
    std::string result = "exception " + std::to_string(tag.index.value) + " of " + text(*tag.type);
    const Slot* value = uncaught->exception->values.data();
    for (const ValueType each : tag.type->parameters) {
      const bool is_narrow = each == ValueType::i32 || each == ValueType::f32;
      result += ' ' + std::to_string(is_narrow ? static_cast<uint32_t>(*value) : *value);
      if (slots_of(each) == 2) result += ':' + std::to_string(value[1]);
      value += slots_of(each);
    }
    return result;
  }
  std::string result = "results";
  if (const auto* values = std::get_if<Results>(&outcome)) {
    for (const Value& each : *values) result += ' ' + std::to_string(each.bits[0]) + ':' + std::to_string(each.bits[1]);
  }
  return result;
}

inline bool is_exhausted(const Outcome& outcome) {
  const auto* trap = std::get_if<Trap>(&outcome);
  return trap != nullptr && trap->code == TrapCode::call_stack_exhausted;
}

inline uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* text = ::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace shallop
