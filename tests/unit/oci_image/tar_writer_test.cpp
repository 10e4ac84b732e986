// SPDX-License-Identifier: Apache-2.0
#include "oci_image/tar_writer.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "unit/oci_image/tar_contents.hpp"
#include "wasm/error.hpp"

namespace shallop::oci_image {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::vector<std::byte> example() {
  TarWriter tar(1'700'000'000);
  tar.add_directory("data", 0755, {.user = 65532, .group = 7});
  tar.add_file("bin/program", bytes("#!"), 0755);
  tar.add_link("bin/other", "program");
  tar.add_file("empty", {}, 0644);
  return tar.finish();
}

TEST(TarWriter, WritesWhatItWasGiven) {
  const auto entries = read_tar(example());
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].path, "data/");
  EXPECT_EQ(entries[0].mode, S_IFDIR | 0755U);
  EXPECT_EQ(entries[0].user, 65532);
  EXPECT_EQ(entries[0].group, 7);
  EXPECT_EQ(entries[1].path, "bin/program");
  EXPECT_EQ(entries[1].mode, S_IFREG | 0755U);
  EXPECT_EQ(entries[1].contents, "#!");
  EXPECT_EQ(entries[2].target, "program");
  EXPECT_EQ(entries[3].contents, "");
  for (const TarEntry& each : entries) EXPECT_EQ(each.time_s, 1'700'000'000) << each.path;
}

TEST(TarWriter, GivesTheSameBytesForTheSameCalls) {
  const auto archive = example();
  EXPECT_EQ(archive, example());
  EXPECT_EQ(archive.size() % 512, 0U);
  EXPECT_LT(archive.size(), 5'000U) << "the end is padded for tapes";
}

TEST(TarWriter, SaysWhichPathDoesNotFit) {
  TarWriter tar(0);
  const std::string long_name(101, 'n');
  try {
    tar.add_file(long_name, {}, 0644);
    FAIL() << "it was written";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(long_name), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace shallop::oci_image
