// SPDX-License-Identifier: Apache-2.0
// Additions to WebAssembly: sets of those that a module may use, and of those that it does use. All of it comes from
// features.def. Decoding and validation ask at each construct of an addition, and note it by asking: what they refuse
// and what `shallop inspect` reports is one and the same thing.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace shallop {

enum class Feature : uint8_t {
#define SHALLOP_FEATURE(id, name, proposal) id,
#include "wasm/features.def"
};

// What is refused in any case.
enum class UnsupportedProposal : uint8_t {
#define SHALLOP_UNSUPPORTED_PROPOSAL(id, name) id,
#include "wasm/features.def"
};

class Features {
 public:
  constexpr Features() = default;
  constexpr Features(std::initializer_list<Feature> features) {
    for (const Feature each : features) add(each);
  }
  // The specification's first version, as it was published in 2019.
  static constexpr Features wasm1() { return {Feature::mutable_globals}; }
  static constexpr Features wasm2() {
    using enum Feature;
    return {mutable_globals, sign_extension, non_trapping_conversion, multi_value, bulk_memory, reference_types, simd};
  }
  // All that we have.
  static constexpr Features all() {
    return {
#define SHALLOP_FEATURE(id, name, proposal) Feature::id,
#include "wasm/features.def"
    };
  }

  constexpr void add(Feature feature) { bits_ |= bit(feature); }
  constexpr void remove(Feature feature) { bits_ &= ~bit(feature); }
  constexpr bool has(Feature feature) const { return (bits_ & bit(feature)) != 0; }
  constexpr bool operator==(const Features&) const = default;

  // In the list's order.
  std::vector<std::string_view> names() const;

 private:
  static constexpr uint32_t bit(Feature feature) { return uint32_t{1} << static_cast<unsigned>(feature); }

  uint32_t bits_ = 0;
};

// What a module may use, and what it was seen to use.
struct FeatureUse {
  Features allowed = Features::all();
  Features used;

  // Notes the use; false where it is not allowed.
  bool note(Feature feature) {
    used.add(feature);
    return allowed.has(feature);
  }
};

// The name of the proposal, such as "memory64".
std::string_view text(UnsupportedProposal proposal);

// The end of a message: "the multi-value proposal, which is switched off", "the memory64 proposal, which is not
// supported yet".
std::string missing(Feature feature);
std::string missing(UnsupportedProposal proposal);

}  // namespace shallop
