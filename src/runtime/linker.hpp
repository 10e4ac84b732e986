// SPDX-License-Identifier: Apache-2.0
// (module, name) -> extern. A function name may have several definitions of different types; the import's type chooses
// (WASI's socket calls need that: two generations share their names).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/instance.hpp"

namespace shallop {

class Linker {
 public:
  // A later definition of the same name and, for functions, the same type replaces the earlier one.
  void define(std::string_view module, std::string_view name, Extern item);
  // Defines every export of `instance` under `module`.
  void define_instance(std::string_view module, const Instance& instance);

  // One extern for each import, in order. Throws LinkError that names all imports that are missing or of another type,
  // with the wanted and the offered types. Matching: https://webassembly.github.io/spec/core/valid/matching.html
  std::vector<Extern> resolve(const Module& module) const;

 private:
  std::map<std::pair<std::string, std::string>, std::vector<Extern>> definitions_;
};

}  // namespace shallop
