// SPDX-License-Identifier: Apache-2.0
#include "interpreter/engine.hpp"

#include "interpreter/code.hpp"

namespace shallop::interpreter {

std::shared_ptr<const Code> prepare(std::shared_ptr<const ValidatedModule> module) {
  return std::make_shared<ModuleCode>(std::move(module));
}

}  // namespace shallop::interpreter
