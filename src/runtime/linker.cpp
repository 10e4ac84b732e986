// SPDX-License-Identifier: Apache-2.0
#include "runtime/linker.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "runtime/import_matching.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

// What to do about a module that nobody defines, or a name that a module lacks.
struct Hint {
  std::string_view module;
  std::string_view advice;
};
constexpr Hint hints[] = {
    {"wasi_snapshot_preview1", "it is not a function of WASI preview1 or of its socket extension"},
    {"wasi_unstable", "the file was built for WASI preview0: rebuild it for wasm32-wasip1 (wasm32-wasi)"},
    {"env",
     "C symbols that were not defined when the file was linked, or a file for Emscripten: link what defines them, "
     "for wasm32-wasi"},
    {"gojs", "the file was built with GOOS=js: rebuild it with GOOS=wasip1"},
    {"go", "the file was built with GOOS=js: rebuild it with GOOS=wasip1"},
    {"wbg", "the file was built for a JavaScript host: rebuild it for wasm32-wasip1"},
    {"__wbindgen_placeholder__", "the file was built for a JavaScript host: rebuild it for wasm32-wasip1"},
};

std::string_view hint_for(std::string_view module) {
  const auto* found = std::ranges::find(hints, module, &Hint::module);
  if (found != std::end(hints)) return found->advice;
  if (module.starts_with("wasi:")) return "the file was built for WASI preview2: rebuild it for wasm32-wasip1";
  return "no such definition";
}

// Missing imports that share their hint are told in one sentence: a file for another host may lack a hundred.
struct Missing {
  std::string_view hint;
  std::vector<const Import*> imports;
};

void add(const Import& import, std::vector<Missing>& missing) {
  const std::string_view hint = hint_for(import.module);
  auto group = std::ranges::find(missing, hint, &Missing::hint);
  if (group == missing.end()) group = missing.insert(group, {.hint = hint, .imports = {}});
  group->imports.push_back(&import);
}

std::string describe(const Missing& missing, const Module& module) {
  std::vector<std::string> names;
  names.reserve(missing.imports.size());
  for (const Import* each : missing.imports) {
    names.push_back(fmt::format("{}.{} ({})", each->module, each->name, describe(*each, module)));
  }
  const bool is_one = names.size() == 1;
  return fmt::format("{} {} {} missing: {}", is_one ? "import" : "imports", fmt::join(names, ", "),
                     is_one ? "is" : "are", missing.hint);
}

std::string describe_mismatch(const Import& import, const Module& module, const std::vector<Extern>& offered) {
  std::vector<std::string> types;
  types.reserve(offered.size());
  for (const Extern& each : offered) types.push_back(describe(each));
  return fmt::format("import {}.{} has another type: the file wants {}, there is {}", import.module, import.name,
                     describe(import, module), fmt::join(types, " or "));
}

// Definitions of one name exist side by side only if they are functions of different types.
bool replaces(const Extern& later, const Extern& earlier) {
  const auto* const* function = std::get_if<FunctionInstance*>(&later);
  const auto* const* other = std::get_if<FunctionInstance*>(&earlier);
  return function == nullptr || other == nullptr || (*function)->type == (*other)->type;
}

}  // namespace

void Linker::define(std::string_view module, std::string_view name, Extern item) {
  std::vector<Extern>& items = definitions_[{std::string(module), std::string(name)}];
  std::erase_if(items, [&item](const Extern& each) { return replaces(item, each); });
  items.push_back(item);
}

void Linker::define_instance(std::string_view module, const Instance& instance) {
  for (const Export& each : (*instance.module)->exports) define(module, each.name, instance.export_of(each));
}

std::vector<Extern> Linker::resolve(const Module& module) const {
  std::vector<Extern> resolved;
  std::vector<std::string> problems;
  std::vector<Missing> missing;
  for (const Import& import : module.imports) {
    const auto found = definitions_.find({import.module, import.name});
    if (found == definitions_.end()) {
      add(import, missing);
      continue;
    }
    const auto fits = [&](const Extern& each) { return matches(each, import, module); };
    const auto item = std::ranges::find_if(found->second, fits);
    if (item == found->second.end()) {
      problems.push_back(describe_mismatch(import, module, found->second));
    } else {
      resolved.push_back(*item);
    }
  }
  for (const Missing& each : missing) problems.push_back(describe(each, module));
  if (!problems.empty()) throw LinkError(fmt::format("{}", fmt::join(problems, "; ")));
  return resolved;
}

}  // namespace shallop
