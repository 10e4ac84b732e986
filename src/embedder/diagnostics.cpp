// SPDX-License-Identifier: Apache-2.0
#include "embedder/diagnostics.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <new>

#include "binary/names.hpp"
#include "embedder/standard_streams.hpp"
#include "runtime/instance.hpp"

namespace shallop {
namespace {

// Beyond these a backtrace (that of an endless recursion, say) leaves out its middle.
constexpr size_t innermost_frames = 24;
constexpr size_t outermost_frames = 8;
// A module may import a million functions that are missing, each with a name of 100 kB.
constexpr size_t message_size_max = 4'000;

bool is_continuation(char character) { return (static_cast<uint8_t>(character) & 0xC0) == 0x80; }

// Cut between characters, not inside of one.
std::string shortened(std::string_view text) {
  if (text.size() <= message_size_max) return std::string(text);
  size_t size = message_size_max;
  while (size > 0 && is_continuation(text[size])) --size;
  return fmt::format("{}... ({} bytes more)", text.substr(0, size), text.size() - size);
}

std::string_view advice(TrapCode code) {
  switch (code) {
    case TrapCode::call_stack_exhausted: return " (--stack-size gives it more)";
    default: return "";
  }
}

// Names are read only when there is a trap to tell of.
class FrameNames {
 public:
  const Names& of(const Instance& instance) {
    const auto [entry, is_new] = names_.try_emplace(&instance, **instance.module);
    return entry->second;
  }

 private:
  std::map<const Instance*, Names> names_;
};

std::string one_line(std::string_view text) { return printable(shortened(text)); }

// "  1: fib (function 3, offset 0x1f3)"; a part that is not known is left out.
std::string describe(const BacktraceFrame& frame, size_t depth, FrameNames& names) {
  const std::string number = fmt::format("function {}", frame.function.value);
  const std::string name = frame.instance != nullptr ? names.of(*frame.instance).describe(frame.function) : number;
  std::string place = name == number ? "" : number;
  if (frame.offset != 0) place += fmt::format("{}offset {:#x}", place.empty() ? "" : ", ", frame.offset);
  return one_line(fmt::format("{:>4}: {}{}", depth, name, place.empty() ? "" : fmt::format(" ({})", place)));
}

// A function that calls itself without an end makes as many equal frames as there is room for.
size_t end_of_repetition(const std::vector<BacktraceFrame>& frames, size_t first) {
  const auto is_other = [&](const BacktraceFrame& each) {
    return each.instance != frames[first].instance || each.function != frames[first].function ||
           each.offset != frames[first].offset;
  };
  const auto begin = frames.begin() + static_cast<ptrdiff_t>(first);
  return first + static_cast<size_t>(std::find_if(begin, frames.end(), is_other) - begin);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte == '\n') {
      line += "\\n";
    } else if (byte == '\t') {
      line += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", byte);
    } else if (byte == 0xC2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xA0) {
      // U+0080 to U+009F, which terminals may take for commands too.
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<uint8_t>(text[++i]));
    } else {
      line += text[i];
    }
  }
  return line;
}

std::string describe(const Error& error, std::string_view file) {
  if (const auto* malformed = dynamic_cast<const DecodeError*>(&error)) {
    return one_line(fmt::format("{}:{:#x}: malformed: {}", file, malformed->offset(), error.what()));
  }
  if (const auto* invalid = dynamic_cast<const ValidationError*>(&error)) {
    return one_line(fmt::format("{}:{:#x}: invalid: {}", file, invalid->offset(), error.what()));
  }
  if (file.empty()) return one_line(error.what());
  return one_line(fmt::format("{}: {}", file, error.what()));
}

std::string describe(const Trap& trap, std::string_view file) {
  std::string lines = one_line(fmt::format("{}: trap: {}{}", file, text(trap.code), advice(trap.code)));
  FrameNames names;
  const std::vector<BacktraceFrame>& frames = trap.backtrace;
  size_t printed = 0;
  for (size_t i = 0; i < frames.size(); ++printed) {
    if (printed == innermost_frames && frames.size() - i > outermost_frames + 1) {
      const size_t next = frames.size() - outermost_frames;
      lines += fmt::format("\n      ... {} more frames", next - i);
      i = next;
    }
    lines += '\n' + describe(frames[i], i, names);
    const size_t next = end_of_repetition(frames, i);
    if (next - i > 2) {
      lines += fmt::format("\n      ... {} times more", next - i - 1);
      i = next;
    } else {
      ++i;
    }
  }
  return lines;
}

void print_diagnostic(std::string_view text) {
  // When that fails there is nobody left to tell.
  [[maybe_unused]] const std::error_code error = write_all(STDERR_FILENO, fmt::format("shallop: {}\n", text));
}

int with_diagnostics(std::string_view file, const std::function<int()>& action) {
  try {
    return action();
  } catch (const UsageError& error) {
    print_diagnostic(describe(error, file));
    return exit_status::wrong_usage;
  } catch (const Error& error) {
    print_diagnostic(describe(error, file));
  } catch (const std::bad_alloc&) {
    print_diagnostic(describe(ResourceError("there is not enough memory to load this module"), file));
  }
  return exit_status::cannot_run;
}

}  // namespace shallop
