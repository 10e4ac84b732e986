// SPDX-License-Identifier: Apache-2.0
// Contents of a native section are read or refused; what is read lies within them and can be held against a module. The
// hash in front is made right first, as else nothing behind it would be reached.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "aot/native_section.hpp"
#include "base/sha256.hpp"

using namespace shallop;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> contents(bytes, bytes + size);
  constexpr size_t format_bytes = 1;
  constexpr size_t behind_hash = format_bytes + sizeof(Digest);
  if (contents.size() > behind_hash) {
    const Digest digest = sha256(std::span(contents).subspan(behind_hash));
    std::copy(digest.begin(), digest.end(), contents.begin() + format_bytes);
  }
  try {
    const aot::NativeSection section = aot::read_native_section(contents);
    size_t sum = 0;
    for (const std::span<const std::byte> part : {section.image.code, section.image.data}) {
      for (const std::byte each : part) sum += std::to_integer<size_t>(each);
    }
    if (sum == SIZE_MAX) std::abort();
    Module module;
    module.bytes = std::make_shared<std::vector<std::byte>>(8);  // a preamble, which is a module
    aot::check_fits(section, module);
  } catch (const aot::SectionError&) {
    return 0;
  }
  return 0;
}
