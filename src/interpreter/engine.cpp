// SPDX-License-Identifier: Apache-2.0
#include "interpreter/engine.hpp"

#include "interpreter/code.hpp"

namespace shallop::interpreter {

std::shared_ptr<const Code> prepare(std::shared_ptr<const ValidatedModule> module) {
  return std::make_shared<ModuleCode>(std::move(module));
}

void adopt_native(const Code& interpreted, std::shared_ptr<const Code> native) {
  static_cast<const ModuleCode&>(interpreted).adopt_native(std::move(native));
}

}  // namespace shallop::interpreter
