// SPDX-License-Identifier: Apache-2.0
// The custom section `shallop.native`: native code of a module, in the module's own file. Any other runtime skips it.
// Its layout is described in docs/native-code.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aot/native_image_view.hpp"
#include "base/sha256.hpp"
#include "wasm/error.hpp"
#include "wasm/module.hpp"

namespace shallop::aot {

inline constexpr std::string_view native_section_name = "shallop.native";

struct NativeSection {
  std::string producer;          // "shallop 0.1.0"
  uint64_t abi_fingerprint = 0;  // native_abi_fingerprint() of the producer
  Digest module_hash{};          // of the module it was made from
  NativeImageView image;         // into the bytes that were read
};

// The section is not to be used. The message is the rest of a sentence: "its native code is not used: ...".
class SectionError : public Error {
 public:
  using Error::Error;
};

// What identifies the module, with and without native code: SHA-256 of its bytes but for sections of this name.
Digest module_hash(const Module& module);

// The contents of the first such section of `module`, if there is one.
const CustomSection* find_native_section(const Module& module);

// Contents for a section. `image` was made from `module`.
std::vector<std::byte> write_native_section(const Module& module, const NativeImage& image);
// The bytes of `module` with `contents` as its one section of this name, at the end.
std::vector<std::byte> with_native_section(const Module& module, std::span<const std::byte> contents);

// Reads what write_native_section() wrote. Throws SectionError when the contents were damaged or are of another format.
NativeSection read_native_section(std::span<const std::byte> contents);

// Throws SectionError when the section is of another version of shallop, of another module or for another processor.
void check_fits(const NativeSection& section, const Module& module);

// "shallop 0.1.0": of this program.
std::string_view producer();

}  // namespace shallop::aot
