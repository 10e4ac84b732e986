// SPDX-License-Identifier: Apache-2.0
#include "embedder/event_log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/standard_streams.hpp"

namespace shallop {
namespace {

constexpr std::array<std::string_view, 4> level_names{"detail", "information", "warning", "error"};

std::string time_text() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1'000'000);
}

}  // namespace

void EventLog::tell(LogLevel level, std::string_view event, std::string_view message,
                    std::initializer_list<Field> fields) const {
  if (format_ == LogFormat::text) {
    if (level != LogLevel::detail || verbose_) print_diagnostic(fmt::format("{}: {}", printable(module_), message));
    return;
  }
  nlohmann::ordered_json line{{"time", time_text()},
                              {"level", level_names[static_cast<size_t>(level)]},
                              {"event", event},
                              {"module", module_},
                              {"message", message}};
  for (const auto& [name, value] : fields) {
    std::visit([&, &key = name](const auto& each) { line[std::string(key)] = each; }, value);
  }
  // A path need not be UTF-8, a line of JSON must.
  static_cast<void>(
      write_all(STDERR_FILENO, line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n'));
}

}  // namespace shallop
