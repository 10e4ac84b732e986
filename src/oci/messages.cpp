// SPDX-License-Identifier: Apache-2.0
#include "oci/messages.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>

#include "base/unique_fd.hpp"
#include "oci/json.hpp"

namespace shallop::oci {
namespace {

// RFC 3339
std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// A JSON string, in ASCII: names in it may hold anything.
std::string quoted(std::string_view text) { return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace); }

void write(int fd, const std::string& text) { static_cast<void>(::write(fd, text.data(), text.size())); }

}  // namespace

std::string log_line(Level level, std::string_view sentence, std::string_view time, bool is_json) {
  const std::string_view name = level == Level::error ? "error" : "warning";
  return is_json ? fmt::format("{{\"level\":\"{}\",\"msg\":{},\"time\":\"{}\"}}\n", name, quoted(sentence), time)
                 : fmt::format("time=\"{}\" level={} msg={}\n", time, name, quoted(sentence));
}

void report(const CommandLine& line, Level level, std::string_view sentence) {
  const std::string text = fmt::format("shallop-oci: {}", sentence);
  if (!line.log.empty()) {
    const UniqueFd log(::open(line.log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (log) write(log.get(), log_line(level, text, now(), line.log_is_json));
  }
  if (level == Level::error) write(STDERR_FILENO, text + "\n");
}

}  // namespace shallop::oci
