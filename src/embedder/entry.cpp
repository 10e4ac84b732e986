// SPDX-License-Identifier: Apache-2.0
#include "embedder/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "embedder/diagnostics.hpp"
#include "embedder/value_text.hpp"

namespace shallop {
namespace {

constexpr std::string_view command_function = "_start";
constexpr std::string_view reactor_function = "_initialize";

const Export* find_function(const Module& module, std::string_view name) {
  const auto found = std::ranges::find_if(
      module.exports, [&](const Export& each) { return each.kind == ExternKind::function && each.name == name; });
  return found == module.exports.end() ? nullptr : &*found;
}

const FuncType& type_of(const Module& module, const Export& function) {
  return module.types[module.function_types[function.index].value];
}

// "add, fib, mul and 12 more"; empty when there is none. What the toolchain exports for itself is of no interest.
std::string callable_functions(const Module& module) {
  constexpr size_t shown_max = 8;
  std::string names;
  size_t count = 0;
  for (const Export& each : module.exports) {
    if (each.kind != ExternKind::function || each.name.starts_with('_')) continue;
    if (++count <= shown_max) names += (count == 1 ? "" : ", ") + each.name;
  }
  return count <= shown_max ? names : fmt::format("{} and {} more", names, count - shown_max);
}

bool is_initialized_first(const Module& module, std::string_view name) {
  const Export* function = find_function(module, reactor_function);
  return function != nullptr && name != reactor_function && type_of(module, *function) == FuncType{};
}

}  // namespace

Entry find_command_entry(const Module& module) {
  const Export* start = find_function(module, command_function);
  if (start == nullptr) {
    const std::string others = callable_functions(module);
    throw Error(fmt::format("no function '{}' is exported, so this is no command: {}", command_function,
                            others.empty() ? "link it as a program with a main function"
                                           : fmt::format("call one of its functions with --invoke: {}", others)));
  }
  if (type_of(module, *start) != FuncType{}) {
    throw Error(fmt::format("function '{}' has the type {}, that of a command has () -> (): call it with --invoke",
                            command_function, text(type_of(module, *start))));
  }
  return {.name = start->name, .arguments = {}, .initialize = false};
}

Entry find_function_entry(const Module& module, const std::string& function,
                          const std::vector<std::string>& arguments) {
  const Export* exported = find_function(module, function);
  if (exported == nullptr) {
    const std::string others = callable_functions(module);
    throw UsageError(fmt::format("--invoke {}: no function of that name is exported{}", function,
                                 others.empty() ? "" : fmt::format(", only {}", others)));
  }
  const FuncType& type = type_of(module, *exported);
  if (arguments.size() != type.parameters.size()) {
    throw UsageError(fmt::format("--invoke {}: the function takes {} argument{} and got {}: its type is {}", function,
                                 type.parameters.size(), type.parameters.size() == 1 ? "" : "s", arguments.size(),
                                 text(type)));
  }
  Entry entry{.name = function, .arguments = {}, .initialize = is_initialized_first(module, function)};
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto value = parse_value(arguments[i], type.parameters[i]);
    if (!value) {
      throw UsageError(fmt::format("--invoke {}: argument {}, '{}', is not of type {}", function, i + 1, arguments[i],
                                   text(type.parameters[i])));
    }
    entry.arguments.push_back(*value);
  }
  return entry;
}

}  // namespace shallop
