// SPDX-License-Identifier: Apache-2.0
// Values as scripts write them: arguments, and patterns for results (a NaN of some kind, any reference, one of
// several).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "wasm/value.hpp"

namespace shallop::spec {

// An argument. The host reference n of a script is n + 1 here, so that 0 stays null.
Value parse_value(const nlohmann::json& json);

// Whether `value` is what `pattern`, an element of "expected", asks for. A pattern without "value" wants the type
// alone.
bool matches(const nlohmann::json& pattern, const Value& value);

// As in messages: "f32 2139095040".
std::string describe_value(const Value& value);
std::string describe_pattern(const nlohmann::json& pattern);

}  // namespace shallop::spec
