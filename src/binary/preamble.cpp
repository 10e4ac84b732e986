// SPDX-License-Identifier: Apache-2.0
#include "binary/preamble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "wasm/error.hpp"

namespace shallop {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view magic = "\0asm"sv;
constexpr std::string_view core_version = "\1\0\0\0"sv;
constexpr std::string_view component_version = "\xD\0\1\0"sv;  // layer 1 of the component model

struct KnownStart {
  std::string_view bytes;
  const char* is;
};
constexpr KnownStart known_starts[] = {
    {"\x7F"
     "ELF"sv,
     "an ELF file, native code: build it for wasm32-wasi"},
    {"\x1F\x8B"sv, "compressed with gzip: unpack it first"},
    {"\x28\xB5\x2F\xFD"sv, "compressed with zstd: unpack it first"},
    {"PK\3\4"sv, "a zip archive: unpack it first"},
    {"!<arch>"sv, "a library archive: link it to a module first"},
    {"BC\xC0\xDE"sv, "LLVM bitcode: compile and link it first"},
    {"#!"sv, "a script"},
    {"<"sv, "HTML or XML"},
};

std::string_view characters(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Text format: "(module" behind white space and line comments.
bool is_text_format(std::string_view text) {
  for (;;) {
    const size_t start = text.find_first_not_of(" \t\r\n");
    if (start == text.npos) return false;
    text.remove_prefix(start);
    if (!text.starts_with(";;")) break;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
  return text.starts_with("(module") || text.starts_with("(component") || text.starts_with("(;");
}

std::string hexadecimal(std::string_view text) {
  std::string hex;
  for (const char each : text) hex += fmt::format("{}{:02x}", hex.empty() ? "" : " ", static_cast<unsigned char>(each));
  return hex;
}

[[noreturn]] void fail_not_a_module(std::string_view text) {
  constexpr auto what = "magic header not detected: the file is {}";
  if (is_text_format(text)) {
    throw DecodeError(0, fmt::format(what, "WebAssembly in text format: run wat2wasm on it first"));
  }
  for (const auto& [bytes, is] : known_starts) {
    if (text.starts_with(bytes)) throw DecodeError(0, fmt::format(what, is));
  }
  throw DecodeError(0, fmt::format("magic header not detected: expected 00 61 73 6d, found {}",
                                   hexadecimal(text.substr(0, magic.size()))));
}

}  // namespace

void read_preamble(Reader& reader) {
  const std::string_view text = characters(Bytes(reader.position(), reader.remaining()));
  if (text.empty()) throw DecodeError(0, "unexpected end: the file is empty");
  if (text.size() >= magic.size() && !text.starts_with(magic)) fail_not_a_module(text);
  if (text.size() < magic.size() + core_version.size()) {
    throw DecodeError(0, fmt::format("unexpected end: the file has {} bytes, a module begins with 8", text.size()));
  }
  const std::string_view version = text.substr(magic.size(), core_version.size());
  if (version == component_version) {
    throw DecodeError(
        magic.size(),
        "unknown binary version: this is a WebAssembly component, shallop runs core modules: extract its core "
        "module, or build one for wasm32-wasi (preview1)");
  }
  if (version != core_version) {
    throw DecodeError(magic.size(),
                      fmt::format("unknown binary version: expected 01 00 00 00, found {}", hexadecimal(version)));
  }
  reader.take(magic.size() + core_version.size());
}

}  // namespace shallop
