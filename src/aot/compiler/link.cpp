// SPDX-License-Identifier: Apache-2.0
// A linker for what generate_code makes: code and read-only data that refer to each other relative to the program
// counter, and nothing else. System V ABI, AMD64 supplement, "Relocation": https://gitlab.com/x86-psABIs/x86-64-ABI
#include <fmt/format.h>
#include <llvm/Object/ELFObjectFile.h>

#include <cstring>
#include <limits>
#include <unordered_map>

#include "aot/compiler/compile_error.hpp"
#include "aot/compiler/object.hpp"
#include "base/parse_number.hpp"

namespace shallop::aot {
namespace {

using Object = llvm::object::ELF64LEObjectFile;

// What `refused` is about is a mistake of ours or of LLVM's configuration, not of the input; still it must not become
// code that runs.
[[noreturn]] void refuse(const std::string& what) {
  throw CompileError(fmt::format("the code generator made what this linker does not know: {}; please report it", what));
}

template <class Result>
Result take(llvm::Expected<Result> expected) {
  if (!expected) refuse(llvm::toString(expected.takeError()));
  return std::move(*expected);
}

uint64_t align_up(uint64_t value, uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

class Linker {
 public:
  Linker(const std::vector<ObjectBytes>& objects, uint32_t imported_functions, NativeImage& image)
      : imported_functions_(imported_functions), image_(image) {
    for (const ObjectBytes& bytes : objects) {
      const llvm::MemoryBufferRef buffer(llvm::StringRef(bytes.data(), bytes.size()), "partition");
      objects_.push_back(std::make_unique<Object>(take(Object::create(buffer))));
    }
  }

  void link() {
    place_sections();
    for (const auto& object : objects_) collect_symbols(*object);
    for (const auto& object : objects_) relocate(*object);
  }

 private:
  enum class Part : uint8_t { none, code, data, unwind };

  // Positions are offsets into the image: code, then data at the next page.
  struct Placed {
    Part part;
    uint64_t position;
  };

  static Part part_of(const llvm::object::ELFSectionRef& section) {
    const uint64_t flags = section.getFlags();
    if ((flags & llvm::ELF::SHF_ALLOC) == 0 || section.getSize() == 0) return Part::none;
    const llvm::StringRef name = take(section.getName());
    if ((flags & llvm::ELF::SHF_WRITE) != 0) refuse(fmt::format("a section {} that is written to", name.str()));
    if ((flags & llvm::ELF::SHF_EXECINSTR) != 0) return Part::code;
    return name == ".eh_frame" ? Part::unwind : Part::data;
  }

  void place_sections() {
    std::vector<std::byte>& code = image_.code;
    std::vector<std::byte>& data = image_.data;
    for_each_section(Part::code, [&](const Object& object, const auto& section) { append(object, section, code); });
    code_size_ = align_up(code.size(), native_page_bytes);
    for_each_section(Part::data, [&](const Object& object, const auto& section) { append(object, section, data); });
    // The unwind table of an image is one: its parts follow each other without gaps, and a zero ends it.
    data.resize(align_up(data.size(), 8));
    image_.eh_frame_offset = static_cast<uint32_t>(data.size());
    for_each_section(Part::unwind, [&](const Object& object, const auto& section) { append(object, section, data); });
    data.resize(data.size() + sizeof(uint32_t));
    image_.eh_frame_size = static_cast<uint32_t>(data.size() - image_.eh_frame_offset);
    if (code_size_ + data.size() > std::numeric_limits<int32_t>::max()) {
      throw ResourceError("the module's native code would exceed 2 GiB; run it with the interpreter");
    }
  }

  template <class Function>
  void for_each_section(Part part, Function function) {
    for (const auto& object : objects_) {
      for (const llvm::object::ELFSectionRef section : object->sections()) {
        if (part_of(section) == part) function(*object, section);
      }
    }
  }

  void append(const Object& object, const llvm::object::ELFSectionRef& section, std::vector<std::byte>& target) {
    const Part part = part_of(section);
    const llvm::StringRef contents = take(section.getContents());
    const uint64_t offset = align_up(target.size(), section.getAlignment().value());
    target.resize(offset + contents.size());
    std::memcpy(target.data() + offset, contents.data(), contents.size());
    placed_.emplace(key(object, section), Placed{part, part == Part::code ? offset : code_size_ + offset});
  }

  static std::pair<const Object*, uint64_t> key(const Object& object, const llvm::object::SectionRef& section) {
    return {&object, section.getIndex()};
  }
  struct KeyHash {
    size_t operator()(const std::pair<const Object*, uint64_t>& pair) const {
      return std::hash<const Object*>()(pair.first) * 31 + std::hash<uint64_t>()(pair.second);
    }
  };

  void collect_symbols(const Object& object) {
    for (const llvm::object::ELFSymbolRef symbol : object.symbols()) {
      const auto section = take(symbol.getSection());
      if (section == object.section_end() || symbol.getBinding() != llvm::ELF::STB_GLOBAL) continue;
      const std::string name = take(symbol.getName()).str();
      const uint64_t position = position_of(object, symbol);
      globals_.emplace(name, position);
      record(name, static_cast<uint32_t>(position), static_cast<uint32_t>(symbol.getSize()));
    }
  }

  void record(std::string_view name, uint32_t position, uint32_t size) {
    if (const auto index = number_behind("f", name)) {
      image_.functions.at(*index - imported_functions_) = position;
      image_.function_sizes.at(*index - imported_functions_) = size;
    } else if (const auto type = number_behind("entry_", name)) {
      image_.entries.at(*type) = position;
    } else if (const auto callee_type = number_behind("callout_", name)) {
      image_.callouts.at(*callee_type) = position;
    } else if (!number_behind("table_", name) && !number_behind("leave_for_", name) && !number_behind("leave_", name) &&
               name != "own_functions") {
      refuse(fmt::format("the symbol {}", name));
    }
  }

  static std::optional<uint32_t> number_behind(std::string_view prefix, std::string_view name) {
    return name.starts_with(prefix) ? parse_number<uint32_t>(name.substr(prefix.size())) : std::nullopt;
  }

  uint64_t position_of(const Object& object, const llvm::object::ELFSymbolRef& symbol) {
    const auto section = take(symbol.getSection());
    if (section == object.section_end()) {
      const std::string name = take(symbol.getName()).str();
      const auto found = globals_.find(name);
      if (found == globals_.end()) refuse(fmt::format("a call of {}", name));
      return found->second;
    }
    const auto found = placed_.find(key(object, *section));
    if (found == placed_.end()) refuse("a reference to a section that is not loaded");
    return found->second.position + take(symbol.getValue());
  }

  void relocate(const Object& object) {
    for (const llvm::object::ELFSectionRef section : object.sections()) {
      const auto target_section = take(section.getRelocatedSection());
      if (target_section == object.section_end()) continue;
      const auto target = placed_.find(key(object, *target_section));
      if (target == placed_.end()) continue;  // of a section that is not loaded
      for (const llvm::object::ELFRelocationRef relocation : section.relocations()) {
        apply(object, target->second, relocation);
      }
    }
  }

  void apply(const Object& object, const Placed& section, const llvm::object::ELFRelocationRef& relocation) {
    const uint64_t place = section.position + relocation.getOffset();
    const uint64_t symbol = position_of(object, llvm::object::ELFSymbolRef(*relocation.getSymbol()));
    const int64_t addend = take(relocation.getAddend());
    const int64_t value = static_cast<int64_t>(symbol) + addend - static_cast<int64_t>(place);
    std::byte* where =
        section.part == Part::code ? image_.code.data() + place : image_.data.data() + (place - code_size_);
    switch (relocation.getType()) {
      case llvm::ELF::R_X86_64_PC32:
      case llvm::ELF::R_X86_64_PLT32: {
        const auto narrow = static_cast<int32_t>(value);
        std::memcpy(where, &narrow, sizeof narrow);
        break;
      }
      case llvm::ELF::R_X86_64_PC64: std::memcpy(where, &value, sizeof value); break;
      default: {
        llvm::SmallString<32> name;
        relocation.getTypeName(name);
        refuse(fmt::format("a relocation {}", name.str().str()));
      }
    }
  }

  uint32_t imported_functions_;
  NativeImage& image_;
  std::vector<std::unique_ptr<Object>> objects_;
  std::unordered_map<std::pair<const Object*, uint64_t>, Placed, KeyHash> placed_;
  std::unordered_map<std::string, uint64_t> globals_;
  uint64_t code_size_ = 0;  // up to where data begins
};

}  // namespace

void link(const std::vector<ObjectBytes>& objects, uint32_t imported_functions, NativeImage& image) {
  Linker(objects, imported_functions, image).link();
}

}  // namespace shallop::aot
