// SPDX-License-Identifier: Apache-2.0
#include "wasm/features.hpp"

namespace shallop {
namespace {

struct Names {
  Feature feature;
  std::string_view name;
  std::string_view proposal;
};
constexpr Names feature_names[] = {
#define SHALLOP_FEATURE(id, name, proposal) {Feature::id, name, proposal},
#include "wasm/features.def"
};

constexpr std::string_view proposal_names[] = {
#define SHALLOP_UNSUPPORTED_PROPOSAL(id, name) name,
#include "wasm/features.def"
};

}  // namespace

std::vector<std::string_view> Features::names() const {
  std::vector<std::string_view> names;
  for (const Names& each : feature_names) {
    if (has(each.feature)) names.push_back(each.name);
  }
  return names;
}

std::string_view text(UnsupportedProposal proposal) { return proposal_names[static_cast<size_t>(proposal)]; }

std::string missing(Feature feature) {
  return "the " + std::string(feature_names[static_cast<size_t>(feature)].proposal) +
         " proposal, which is switched off";
}

std::string missing(UnsupportedProposal proposal) {
  return "the " + std::string(text(proposal)) + " proposal, which is not supported yet";
}

}  // namespace shallop
