// SPDX-License-Identifier: Apache-2.0
#include "aot/native_section.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "aot/processor.hpp"
#include "base/leb128.hpp"
#include "binary/reader.hpp"
#include "runtime/native_abi.hpp"

namespace shallop::aot {
namespace {

constexpr uint32_t section_format = 1;
constexpr size_t preamble_bytes = 8;
constexpr uint32_t features_max = 1'000;
constexpr uint32_t functions_max = 1'000'000;  // limits::functions and limits::types

// --- Which of a module's bytes are not native code ---

std::vector<Bytes> parts_without_native_code(const Module& module) {
  const Bytes bytes(*module.bytes);
  std::vector<Bytes> parts;
  size_t kept_from = 0;
  Reader reader(bytes.subspan(preamble_bytes), preamble_bytes);
  while (!reader.at_end()) {
    const size_t start = reader.offset();
    const SectionId id{reader.byte()};
    Reader contents = reader.sized();
    if (id != SectionId::custom || contents.name() != native_section_name) continue;
    parts.push_back(bytes.subspan(kept_from, start - kept_from));
    kept_from = reader.offset();
  }
  parts.push_back(bytes.subspan(kept_from));
  return parts;
}

// --- Writing ---

using Contents = std::vector<std::byte>;

void append(Contents& contents, Bytes bytes) { contents.insert(contents.end(), bytes.begin(), bytes.end()); }

void append(Contents& contents, std::string_view text) {
  leb128::append(contents, static_cast<uint32_t>(text.size()));
  append(contents, std::as_bytes(std::span(text)));
}

void append_fixed(Contents& contents, uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) contents.push_back(static_cast<std::byte>(value >> shift));
}

void append(Contents& contents, const NativeTarget& target) {
  append(contents, target.architecture);
  append(contents, target.cpu);
  leb128::append(contents, static_cast<uint32_t>(target.features.size()));
  for (const std::string& each : target.features) append(contents, each);
}

void append_functions(Contents& contents, const NativeImage& image) {
  leb128::append(contents, static_cast<uint32_t>(image.functions.size()));
  uint32_t previous = 0;
  for (size_t i = 0; i < image.functions.size(); ++i) {
    leb128::append(contents, image.functions[i] - previous);
    leb128::append(contents, image.function_sizes[i]);
    previous = image.functions[i];
  }
}

// One more than the offset, and 0 for no_code.
void append_stubs(Contents& contents, const std::vector<uint32_t>& stubs) {
  leb128::append(contents, static_cast<uint32_t>(stubs.size()));
  for (const uint32_t each : stubs) leb128::append(contents, each + 1);
}

// --- Reading ---

Digest read_digest(Reader& reader) {
  Digest digest;
  std::ranges::copy(reader.take(digest.size()), digest.begin());
  return digest;
}

NativeTarget read_target(Reader& reader) {
  NativeTarget target;
  target.architecture = reader.name();
  target.cpu = reader.name();
  const uint32_t count = reader.count("features", features_max);
  for (uint32_t i = 0; i < count; ++i) target.features.push_back(reader.name());
  return target;
}

uint32_t sum(uint32_t a, uint32_t b) {
  if (b > ~uint32_t{0} - a) throw SectionError("it is damaged: an offset does not fit in 32 bits");
  return a + b;
}

void read_functions(Reader& reader, NativeImageView& image) {
  const uint32_t count = reader.count("functions", functions_max);
  uint32_t previous = 0;
  for (uint32_t i = 0; i < count; ++i) {
    previous = sum(previous, reader.u32());
    image.functions.push_back(previous);
    image.function_sizes.push_back(reader.u32());
  }
}

std::vector<uint32_t> read_stubs(Reader& reader) {
  const uint32_t count = reader.count("function types", functions_max);
  std::vector<uint32_t> stubs;
  stubs.reserve(count);
  for (uint32_t i = 0; i < count; ++i) stubs.push_back(reader.u32() - 1);
  return stubs;
}

NativeImageView read_image(Reader& reader) {
  NativeImageView image;
  image.target = read_target(reader);
  image.optimization = reader.byte();
  image.guarded_memory = reader.byte() != 0;
  const uint32_t code_bytes = reader.u32();
  const uint32_t data_bytes = reader.u32();
  image.eh_frame_offset = reader.u32();
  image.eh_frame_size = reader.u32();
  read_functions(reader, image);
  image.entries = read_stubs(reader);
  image.callouts = read_stubs(reader);
  image.code = reader.take(code_bytes);
  image.data = reader.take(data_bytes);
  return image;
}

NativeSection read_after_format(Reader& reader) {
  const Digest written = read_digest(reader);
  Reader rest = reader;
  if (!equal_in_constant_time(written, sha256(rest.take(rest.remaining())))) {
    throw SectionError("it is damaged: its bytes are not those that were written");
  }
  NativeSection section;
  section.producer = reader.name();
  section.abi_fingerprint = reader.f64_bits();
  section.module_hash = read_digest(reader);
  section.image = read_image(reader);
  if (!reader.at_end()) throw SectionError(fmt::format("it is damaged: {} bytes too many", reader.remaining()));
  return section;
}

}  // namespace

std::string_view producer() { return "shallop " SHALLOP_VERSION; }

Digest module_hash(const Module& module) {
  const std::vector<Bytes> parts = parts_without_native_code(module);
  return sha256(ByteSpans(parts));
}

const CustomSection* find_native_section(const Module& module) {
  const auto found = std::ranges::find(module.custom_sections, native_section_name, &CustomSection::name);
  return found == module.custom_sections.end() ? nullptr : &*found;
}

std::vector<std::byte> write_native_section(const Module& module, const NativeImage& image) {
  Contents rest;
  rest.reserve(image.code.size() + image.data.size() + image.functions.size() * 6 + 1'000);
  append(rest, producer());
  append_fixed(rest, native_abi_fingerprint());
  append(rest, Bytes(module_hash(module)));
  append(rest, image.target);
  rest.push_back(static_cast<std::byte>(image.optimization));
  rest.push_back(static_cast<std::byte>(image.guarded_memory));
  leb128::append(rest, static_cast<uint32_t>(image.code.size()));
  leb128::append(rest, static_cast<uint32_t>(image.data.size()));
  leb128::append(rest, image.eh_frame_offset);
  leb128::append(rest, image.eh_frame_size);
  append_functions(rest, image);
  append_stubs(rest, image.entries);
  append_stubs(rest, image.callouts);
  append(rest, Bytes(image.code));
  append(rest, Bytes(image.data));

  Contents contents;
  contents.reserve(rest.size() + 64);
  leb128::append(contents, section_format);
  append(contents, Bytes(sha256(Bytes(rest))));
  append(contents, Bytes(rest));
  return contents;
}

std::vector<std::byte> with_native_section(const Module& module, Bytes contents) {
  Contents head;
  append(head, native_section_name);
  std::vector<std::byte> bytes;
  bytes.reserve(module.bytes->size() + contents.size() + 64);
  for (const Bytes each : parts_without_native_code(module)) append(bytes, each);
  bytes.push_back(static_cast<std::byte>(SectionId::custom));
  leb128::append(bytes, static_cast<uint32_t>(head.size() + contents.size()));
  append(bytes, Bytes(head));
  append(bytes, contents);
  return bytes;
}

NativeSection read_native_section(Bytes contents) try {
  Reader reader(contents, 0);
  if (const uint32_t format = reader.u32(); format != section_format) {
    throw SectionError(
        fmt::format("it is of format {}, and this is {} with format {}", format, producer(), section_format));
  }
  return read_after_format(reader);
} catch (const DecodeError& error) {
  throw SectionError(fmt::format("it is damaged: {}", error.what()));
}

void check_fits(const NativeSection& section, const Module& module) {
  if (section.producer != producer()) {
    throw SectionError(fmt::format("it was made by {}, and this is {}", section.producer, producer()));
  }
  if (section.abi_fingerprint != native_abi_fingerprint()) {
    throw SectionError(fmt::format("it was made by another build of {}", producer()));
  }
  if (section.module_hash != module_hash(module)) {
    throw SectionError("it belongs to another module: the file was changed after it was compiled");
  }
  const NativeTarget& target = section.image.target;
  if (target.architecture != host_architecture) {
    throw SectionError(fmt::format("it is for {}, and this is {}", target.architecture, host_architecture));
  }
  std::vector<std::string_view> missing;
  std::ranges::copy_if(target.features, std::back_inserter(missing),
                       [](const std::string& each) { return !processor_has(each); });
  if (!missing.empty()) {
    throw SectionError(
        fmt::format("it needs a processor with {}, which this one does not have", fmt::join(missing, ", ")));
  }
}

}  // namespace shallop::aot
