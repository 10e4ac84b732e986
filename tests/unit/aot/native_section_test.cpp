// SPDX-License-Identifier: Apache-2.0
#include "aot/native_section.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "aot/processor.hpp"
#include "binary/decode.hpp"
#include "runtime/native_abi.hpp"
#include "unit/aot/hand_assembled.hpp"

namespace shallop::aot {
namespace {

class NativeSectionTest : public testing::Test {
 protected:
  NativeImage image() const {
    NativeImage made = hand_assembled_image();
    made.target.architecture = host_architecture;
    made.target.features.clear();
    return made;
  }
  const Module& module() const { return **validated; }

  std::shared_ptr<const ValidatedModule> validated = hand_assembled_module();
  std::vector<std::byte> contents = write_native_section(module(), image());
};

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const SectionError& error) {
    return error.what();
  }
  return "no refusal";
}

TEST_F(NativeSectionTest, IsReadAsItWasWritten) {
  const NativeSection section = read_native_section(contents);
  const NativeImage written = image();
  EXPECT_EQ(section.producer, producer());
  EXPECT_EQ(section.abi_fingerprint, native_abi_fingerprint());
  EXPECT_EQ(section.module_hash, module_hash(module()));
  EXPECT_EQ(section.image.target, written.target);
  EXPECT_EQ(section.image.optimization, written.optimization);
  EXPECT_EQ(section.image.guarded_memory, written.guarded_memory);
  EXPECT_TRUE(std::ranges::equal(section.image.code, written.code));
  EXPECT_TRUE(std::ranges::equal(section.image.data, written.data));
  EXPECT_EQ(section.image.eh_frame_offset, written.eh_frame_offset);
  EXPECT_EQ(section.image.eh_frame_size, written.eh_frame_size);
  EXPECT_EQ(section.image.functions, written.functions);
  EXPECT_EQ(section.image.function_sizes, written.function_sizes);
  EXPECT_EQ(section.image.entries, written.entries);
  EXPECT_EQ(section.image.callouts, written.callouts);
  EXPECT_NO_THROW(check_fits(section, module()));
}

TEST_F(NativeSectionTest, TheModuleWithItIsTheSameModule) {
  const Module with = decode(with_native_section(module(), contents));
  ASSERT_NE(find_native_section(with), nullptr);
  EXPECT_TRUE(std::ranges::equal(find_native_section(with)->bytes, contents));
  EXPECT_EQ(module_hash(with), module_hash(module()));
  // Compiled anew, there is still one.
  EXPECT_EQ(with_native_section(with, contents), *with.bytes);
}

TEST_F(NativeSectionTest, NoFlippedBitGoesUnnoticed) {
  for (size_t i = 0; i < contents.size() * 8; ++i) {
    std::vector<std::byte> flipped = contents;
    flipped[i / 8] ^= std::byte{1} << (i % 8);
    ASSERT_THROW(read_native_section(flipped), SectionError) << "bit " << i;
  }
}

TEST_F(NativeSectionTest, NoTruncationGoesUnnoticed) {
  for (size_t size = 0; size < contents.size(); ++size) {
    ASSERT_THROW(read_native_section(std::span(contents).first(size)), SectionError) << size;
  }
  contents.push_back(std::byte{0});
  EXPECT_THROW(read_native_section(contents), SectionError);
}

TEST_F(NativeSectionTest, OtherModulesAreRefused) {
  NativeSection section = read_native_section(contents);
  section.module_hash[0] ^= std::byte{1};
  EXPECT_EQ(refusal([&] { check_fits(section, module()); }),
            "it belongs to another module: the file was changed after it was compiled");
}

TEST_F(NativeSectionTest, OtherVersionsAreRefused) {
  NativeSection section = read_native_section(contents);
  section.producer = "shallop 0.0.1";
  EXPECT_TRUE(
      refusal([&] { check_fits(section, module()); }).starts_with("it was made by shallop 0.0.1, and this is "));
  section = read_native_section(contents);
  ++section.abi_fingerprint;
  EXPECT_TRUE(refusal([&] { check_fits(section, module()); }).starts_with("it was made by another build of shallop "));
}

TEST_F(NativeSectionTest, OtherProcessorsAreRefused) {
  NativeSection section = read_native_section(contents);
  section.image.target.features = {"avx99", "bmi77"};
  EXPECT_EQ(refusal([&] { check_fits(section, module()); }),
            "it needs a processor with avx99, bmi77, which this one does not have");
  section.image.target.architecture = "m68k";
  EXPECT_TRUE(refusal([&] { check_fits(section, module()); }).starts_with("it is for m68k, and this is "));
}

TEST_F(NativeSectionTest, AnotherFormatIsRefused) {
  contents[0] = std::byte{2};
  EXPECT_TRUE(refusal([&] { read_native_section(contents); }).starts_with("it is of format 2, and this is shallop "));
}

}  // namespace
}  // namespace shallop::aot
