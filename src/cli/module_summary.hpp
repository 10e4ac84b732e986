// SPDX-License-Identifier: Apache-2.0
// What `shallop inspect` shows of a module, before it is laid out as text or JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "validation/validated_module.hpp"

namespace shallop::cli {

struct ExternSummary {
  ExternKind kind;
  std::string module;  // imports only
  std::string name;
  std::string type;  // "(i32) -> ()", "2 to 16 pages"
};

struct SectionSummary {
  std::string name;  // of a custom section its own
  bool is_custom = false;
  size_t offset = 0;  // of its contents in the file
  size_t size_bytes = 0;
};

// Of the section shallop.native.
struct NativeSummary {
  std::string misfit;  // why it is not to be used here; empty when it is
  // Empty and 0 when it could not be read.
  std::string producer;
  std::string target;  // "x86_64, znver4 (avx2, bmi2)"
  unsigned optimization = 0;
  size_t code_bytes = 0;
};

struct ModuleSummary {
  std::string name;  // from the name section
  size_t size_bytes = 0;
  size_t functions = 0;  // defined ones
  uint64_t instructions = 0;
  std::vector<std::string_view> features;  // additions to WebAssembly 1.0 that it uses, by name
  std::vector<ExternSummary> imports;
  std::vector<ExternSummary> exports;
  std::vector<std::string> memories;  // imported ones included, by type
  std::vector<std::string> tables;
  std::vector<std::string> tags;       // by what their exceptions carry: "(i32)"
  std::vector<std::string> producers;  // "clang 19.1.7", from the custom section of that name
  std::optional<NativeSummary> native;
  std::vector<SectionSummary> sections;
};

ModuleSummary summarize(const ValidatedModule& module);

}  // namespace shallop::cli
