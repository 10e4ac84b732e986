// SPDX-License-Identifier: Apache-2.0
#include "invalid.hpp"

#include <fmt/format.h>

#include <utility>

#include "binary/decode.hpp"
#include "validation/validated_module.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

constexpr size_t no_offset = SIZE_MAX;

struct Verdict {
  std::string message = "accepted";
  size_t offset = no_offset;
};

Verdict verdict(Module module) {
  try {
    validate(std::move(module));
  } catch (const ValidationError& error) {
    return {error.what(), error.offset()};
  } catch (const DecodeError& error) {
    return {std::string("malformed: ") + error.what(), error.offset()};
  }
  return {};
}

}  // namespace

std::string invalid(std::vector<std::byte> module) { return verdict(decode(std::move(module))).message; }
std::string invalid(const ModuleBuilder& module) { return invalid(module.build()); }

std::string invalid(const BodyOf& function, const Body& body) {
  using enum ValueType;
  ModuleBuilder module;
  const TypeIndex nothing = module.type({});
  const TypeIndex mixed = module.type({i32, i64}, {f32});
  module.type({}, {i32, i64});
  const FuncIndex declared = module.function(nothing, Body());
  module.function(mixed, Body().f32(0));
  module.table({.element = funcref, .limits = {.minimum = 1, .maximum = {}}});
  module.table({.element = externref, .limits = {.minimum = 1, .maximum = {}}});
  module.memory({.minimum = 1, .maximum = {}});
  module.global({.type = i32, .is_mutable = false}, Body().i32(0));
  module.global({.type = i64, .is_mutable = true}, Body().i64(0));
  module.passive_elements({declared});
  module.passive_data("data");
  module.function(module.type(function.parameters, function.results), body, function.locals);

  Module decoded = decode(module.build());
  const size_t first = decoded.functions.back().body.offset;
  const Verdict result = verdict(std::move(decoded));
  return result.offset == no_offset ? result.message : fmt::format("+{}: {}", result.offset - first, result.message);
}

}  // namespace shallop
