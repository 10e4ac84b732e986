// SPDX-License-Identifier: Apache-2.0
// Values as a user types them behind `--invoke` and reads them from its output.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wasm/value.hpp"

namespace shallop {

// Nothing when `text` is no value of `type`. Integers: decimal or 0x..., signed or unsigned, within the type's bits.
// Floats: decimal, 0x1.8p3, inf, nan. Vectors: 0x and 32 hexadecimal digits, the last lane first. There is no text for
// references other than "null".
std::optional<Value> parse_value(std::string_view text, ValueType type);

// Integers are shown as signed ones, floats with as many digits as tell them from their neighbours.
std::string to_text(const Value& value);

}  // namespace shallop
