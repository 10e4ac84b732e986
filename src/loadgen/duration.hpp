// SPDX-License-Identifier: Apache-2.0
// Durations as users write them ("15s", "1m30s", "500ms", "1.5s") and as rewrk spells them out.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace shallop::loadgen {

// Nanoseconds: numbers with the units d, h, m, s, ms and us, added up; a number alone is seconds. Never negative, at
// most a year. The error is a sentence about `text`, without a full stop.
std::expected<int64_t, std::string> parse_duration(std::string_view text);

// "1 minute(s), 30 second(s)": the parts that are not zero, down to milliseconds.
std::string spell_out_duration(int64_t duration_ns);

}  // namespace shallop::loadgen
