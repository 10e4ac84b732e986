// SPDX-License-Identifier: Apache-2.0
#include "oci_image/static_program.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace shallop::oci_image {
namespace {

struct Machine {
  Elf64_Half number;
  std::string_view architecture;
};
constexpr std::array machines{Machine{EM_X86_64, "amd64"}, Machine{EM_AARCH64, "arm64"}, Machine{EM_RISCV, "riscv64"}};

template <class Header>
std::optional<Header> read_header(std::span<const std::byte> file, uint64_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, file.data() + offset, sizeof header);
  return header;
}

bool names_interpreter(std::span<const std::byte> file, const Elf64_Ehdr& elf) {
  for (uint64_t i = 0; i < elf.e_phnum; ++i) {
    const auto program = read_header<Elf64_Phdr>(file, elf.e_phoff + i * sizeof(Elf64_Phdr));
    if (program && program->p_type == PT_INTERP) return true;
  }
  return false;
}

}  // namespace

std::expected<std::string_view, std::string> static_program_architecture(std::span<const std::byte> file) {
  const auto elf = read_header<Elf64_Ehdr>(file, 0);
  const bool is_program = elf && std::memcmp(elf->e_ident, ELFMAG, SELFMAG) == 0 &&
                          elf->e_ident[EI_CLASS] == ELFCLASS64 && elf->e_ident[EI_DATA] == ELFDATA2LSB &&
                          (elf->e_type == ET_EXEC || elf->e_type == ET_DYN);
  if (!is_program) return std::unexpected("this is no 64-bit ELF program");
  const auto* const machine = std::ranges::find(machines, elf->e_machine, &Machine::number);
  if (machine == machines.end()) {
    return std::unexpected(fmt::format("it is for a machine that is not known here (ELF machine {})", elf->e_machine));
  }
  if (names_interpreter(file, *elf)) {
    return std::unexpected("it is linked with shared libraries, which an image of it alone does not have");
  }
  return machine->architecture;
}

}  // namespace shallop::oci_image
