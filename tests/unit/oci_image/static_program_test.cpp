// SPDX-License-Identifier: Apache-2.0
#include "oci_image/static_program.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace shallop::oci_image {
namespace {

std::vector<std::byte> program(Elf64_Half machine, uint32_t segment = PT_LOAD) {
  Elf64_Ehdr elf{};
  std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
  elf.e_ident[EI_CLASS] = ELFCLASS64;
  elf.e_ident[EI_DATA] = ELFDATA2LSB;
  elf.e_type = ET_EXEC;
  elf.e_machine = machine;
  elf.e_phoff = sizeof elf;
  elf.e_phnum = 1;
  Elf64_Phdr header{};
  header.p_type = segment;
  std::vector<std::byte> file(sizeof elf + sizeof header);
  std::memcpy(file.data(), &elf, sizeof elf);
  std::memcpy(file.data() + sizeof elf, &header, sizeof header);
  return file;
}

TEST(StaticProgram, TellsItsArchitecture) {
  EXPECT_EQ(static_program_architecture(program(EM_X86_64)).value_or(""), "amd64");
  EXPECT_EQ(static_program_architecture(program(EM_AARCH64)).value_or(""), "arm64");
}

TEST(StaticProgram, IsNoneWithSharedLibraries) {
  const auto architecture = static_program_architecture(program(EM_X86_64, PT_INTERP));
  ASSERT_FALSE(architecture);
  EXPECT_NE(architecture.error().find("shared libraries"), std::string::npos);
}

TEST(StaticProgram, IsNoneForAnUnknownMachine) { EXPECT_FALSE(static_program_architecture(program(EM_68K))); }

// Whatever the bytes are, nothing outside of them is read.
TEST(StaticProgram, IsNoneWhenItIsCutOrHostile) {
  const auto whole = program(EM_X86_64, PT_INTERP);
  for (size_t size = 0; size < sizeof(Elf64_Ehdr); ++size) {
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(static_program_architecture(cut)) << size;
  }
  auto hostile = program(EM_X86_64);
  const Elf64_Off beyond = UINT64_MAX - 3;
  std::memcpy(hostile.data() + offsetof(Elf64_Ehdr, e_phoff), &beyond, sizeof beyond);
  EXPECT_TRUE(static_program_architecture(hostile));
}

}  // namespace
}  // namespace shallop::oci_image
