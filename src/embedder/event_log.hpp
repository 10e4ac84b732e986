// SPDX-License-Identifier: Apache-2.0
// What a server process says of itself on standard error while it runs: a sentence for a person, or one JSON object a
// line for a machine (`--log json`), with the members time (RFC 3339, UTC), level, event, module, message and the
// event's own.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace shallop {

enum class LogFormat : uint8_t { text, json };

// `detail` is told as text only on --verbose.
enum class LogLevel : uint8_t { detail, information, warning, error };

class EventLog {
 public:
  using Field = std::pair<std::string_view, std::variant<int64_t, std::string_view>>;

  // `module` as the user named it.
  EventLog(LogFormat format, std::string module, bool verbose)
      : module_(std::move(module)), format_(format), verbose_(verbose) {}

  // `event` is a word of its own for machines, in snake_case; `message` a sentence or more lines. Any thread may call
  // it.
  void tell(LogLevel level, std::string_view event, std::string_view message,
            std::initializer_list<Field> fields = {}) const;

 private:
  std::string module_;
  LogFormat format_;
  bool verbose_;
};

}  // namespace shallop
