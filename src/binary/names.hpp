// SPDX-License-Identifier: Apache-2.0
// What a module's author called its parts, for backtraces and listings: the custom section "name", and what imports and
// exports add to it. Never an error: names mean nothing to execution, so what is broken is left out.
// https://webassembly.github.io/spec/core/appendix/custom.html#name-section
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wasm/module.hpp"

namespace shallop {

// Index -> name, sorted by index.
using NameMap = std::vector<std::pair<uint32_t, std::string_view>>;

// Views into the bytes of the module that it was made from, which has to outlive it.
class Names {
 public:
  explicit Names(const Module& module);

  // Empty where there is no name.
  std::string_view module() const { return module_; }
  std::string_view function(FuncIndex index) const;
  std::string_view local(FuncIndex function, LocalIndex index) const;

  // How a message calls the function: its name, else the name it is imported or exported by, else "function 12".
  std::string describe(FuncIndex index) const;

 private:
  void read_subsections(const CustomSection& section);
  void add_extern_names(const Module& module);

  std::string_view module_;
  NameMap functions_;
  std::vector<std::pair<uint32_t, NameMap>> locals_;  // by function, sorted
  NameMap imports_;
  NameMap exports_;
};

}  // namespace shallop
