// SPDX-License-Identifier: Apache-2.0
#include "embedder/diagnostics.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <new>
#include <span>

#include "base/file.hpp"
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

// The lines of a backtrace, which may stand for more frames than it has.
class FrameLines {
 public:
  void add(const BacktraceFrame& frame) {
    leave_out(frame.left_out);
    lines_ += '\n' + describe(frame, depth_, names_);
    if (frame.times == 2) lines_ += '\n' + describe(frame, depth_ + 1, names_);
    if (frame.times > 2) lines_ += fmt::format("\n      ... {} times more", frame.times - 1);
    depth_ += frame.times;
  }
  void leave_out(size_t frames) {
    if (frames != 0) lines_ += fmt::format("\n      ... {} more frame{}", frames, frames == 1 ? "" : "s");
    depth_ += frames;
  }
  const std::string& text() const { return lines_; }

 private:
  std::string lines_;
  size_t depth_ = 0;
  FrameNames names_;
};

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

std::string describe(const Trap& trap, std::string_view file, std::string_view why) {
  return one_line(fmt::format("{}: ", file)) + describe_reason(trap, why);
}

std::string describe_reason(const Trap& trap, std::string_view why) {
  const std::string lines =
      printable(fmt::format("trap: {}{}{}{}", text(trap.code), why.empty() ? "" : ": ", why, advice(trap.code)));
  const std::span<const BacktraceFrame> frames = trap.backtrace;
  const size_t cut = frames.size() > innermost_frames + outermost_frames ? innermost_frames : frames.size();
  FrameLines frame_lines;
  for (const BacktraceFrame& each : frames.first(cut)) frame_lines.add(each);
  if (cut < frames.size()) {
    const std::span<const BacktraceFrame> outermost = frames.last(outermost_frames);
    size_t left_out = outermost.front().left_out;
    for (const BacktraceFrame& each : frames.subspan(cut, frames.size() - cut - outermost_frames)) {
      left_out += each.left_out + each.times;
    }
    frame_lines.leave_out(left_out);
    BacktraceFrame first = outermost.front();
    first.left_out = 0;
    frame_lines.add(first);
    for (const BacktraceFrame& each : outermost.subspan(1)) frame_lines.add(each);
  }
  return lines + frame_lines.text();
}

namespace {

// By what its module exports it as, else its index.
std::string describe(const TagInstance& tag) {
  if (tag.instance == nullptr) return "a tag of the host";
  for (const Export& each : (*tag.instance->module)->exports) {
    if (each.kind == ExternKind::tag && each.index == tag.index.value) return fmt::format("tag \"{}\"", each.name);
  }
  return fmt::format("tag {}", tag.index.value);
}

}  // namespace

std::string describe(const UncaughtException& uncaught, std::string_view file) {
  return one_line(fmt::format("{}: ", file)) + describe_reason(uncaught);
}

std::string describe_reason(const UncaughtException& uncaught) {
  const TagInstance& tag = *uncaught.exception->tag;
  const std::string carried = text(*tag.type);
  return one_line(fmt::format("uncaught exception: {} {}", describe(tag), carried.substr(0, carried.find(" ->"))));
}

void print_diagnostic(std::string_view text) {
  // When that fails there is nobody left to tell.
  [[maybe_unused]] const std::error_code error = write_all(STDERR_FILENO, fmt::format("shallop: {}\n", text));
}

int with_diagnostics(std::string_view file, const std::function<int()>& action,
                     const std::function<void(std::string_view)>& report) {
  try {
    return action();
  } catch (const UsageError& error) {
    report(describe(error, file));
    return exit_status::wrong_usage;
  } catch (const Error& error) {
    report(describe(error, file));
  } catch (const std::bad_alloc&) {
    report(describe(ResourceError("there is not enough memory to load this module"), file));
  }
  return exit_status::cannot_run;
}

}  // namespace shallop
