// SPDX-License-Identifier: Apache-2.0
#include "wasm/features.hpp"

#include <gtest/gtest.h>

namespace shallop {
namespace {

using Names = std::vector<std::string_view>;

TEST(Features, AreSets) {
  Features features{Feature::simd, Feature::multi_value};
  EXPECT_TRUE(features.has(Feature::simd));
  EXPECT_FALSE(features.has(Feature::bulk_memory));
  features.remove(Feature::simd);
  EXPECT_EQ(features, Features{Feature::multi_value});
}

TEST(Features, AreNamedInTheListsOrderAsToolsNameThem) {
  EXPECT_EQ(Features().names(), Names());
  EXPECT_EQ(Features::wasm1().names(), Names{"mutable-globals"});
  EXPECT_EQ(Features::wasm2().names(), (Names{"mutable-globals", "sign-ext", "nontrapping-fptoint", "multivalue",
                                              "bulk-memory", "reference-types", "simd128"}));
}

TEST(Features, OfLaterVersionsHoldThoseOfEarlierOnes) {
  const std::vector<std::string_view> all = Features::all().names();
  const std::vector<std::string_view> second = Features::wasm2().names();
  ASSERT_GE(all.size(), second.size());
  EXPECT_TRUE(std::equal(second.begin(), second.end(), all.begin()));
}

TEST(FeatureUse, NotesWhatIsAskedForAllowedOrNot) {
  FeatureUse use{.allowed = Features::wasm1(), .used = {}};
  EXPECT_TRUE(use.note(Feature::mutable_globals));
  EXPECT_FALSE(use.note(Feature::simd));
  EXPECT_EQ(use.used, (Features{Feature::mutable_globals, Feature::simd}));
}

TEST(Features, AreToldApartFromWhatWeDoNotHave) {
  EXPECT_EQ(missing(Feature::simd), "the SIMD proposal, which is switched off");
  EXPECT_EQ(missing(UnsupportedProposal::memory64), "the memory64 proposal, which is not supported yet");
}

}  // namespace
}  // namespace shallop
