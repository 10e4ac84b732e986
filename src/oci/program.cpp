// SPDX-License-Identifier: Apache-2.0
#include "oci/program.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <ranges>

#include "base/leb128.hpp"

namespace shallop::oci {
namespace {

constexpr std::string_view wasm_magic{"\0asm", 4};
constexpr std::string_view module_version{"\1\0\0\0", 4};
// A 16-bit version and a 16-bit layer, which is 1 for components.
constexpr std::string_view component_layer{"\1\0", 2};

// The docker daemon and podman put theirs before the image's program; images bring others along.
constexpr std::array<std::string_view, 6> init_programs{"docker-init", "podman-init", "catatonit",
                                                        "tini",        "tini-static", "dumb-init"};

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The index of the program that is meant: 0, or behind `init OPTIONS --`.
size_t index_behind_init(const std::vector<std::string>& arguments) {
  if (arguments.empty() || std::ranges::find(init_programs, name_of(arguments[0])) == init_programs.end()) return 0;
  for (size_t i = 1; i < arguments.size() && arguments[i].starts_with('-'); ++i) {
    if (arguments[i] == "--") return i + 1 < arguments.size() ? i + 1 : 0;
  }
  return 0;
}

std::string beginning_of(int file) {
  std::string bytes(64, '\0');
  const ssize_t count = ::pread(file, bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  return bytes;
}

std::string search_path(const std::vector<std::string>& environment) {
  constexpr std::string_view name = "PATH=";
  for (const std::string& each : environment | std::views::reverse) {
    if (each.starts_with(name)) return each.substr(name.size());
  }
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";  // runc's
}

// "permission denied" makes engines exit with 126, as a shell does for what is there and cannot be executed.
Refusal refused(std::string_view path, std::string_view what, std::string_view way_out) {
  return {fmt::format("{}: permission denied: {}; {}", path, what, way_out)};
}

// What was cut off says so itself: its last section is longer than the file. Reads the lengths of sections and no more:
// what is in them the runner judges, which has only the container's rights to lose.
std::optional<std::string> reason_not_whole(int file) {
  constexpr uint64_t preamble_bytes = 8;
  constexpr int sections_max = 64;  // more than compilers write; a hostile module can have millions
  struct stat status{};
  if (::fstat(file, &status) != 0) return std::nullopt;
  const auto file_bytes = static_cast<uint64_t>(status.st_size);
  uint64_t begin = preamble_bytes;
  for (int i = 0; i < sections_max && begin < file_bytes; ++i) {
    std::array<std::byte, 6> head{};  // the section's id, and a length of up to five bytes
    const ssize_t count = ::pread(file, head.data(), head.size(), static_cast<off_t>(begin));
    if (count <= 0) return std::nullopt;
    const auto length = leb128::decode<uint32_t>(head.data() + 1, head.data() + count);
    const uint64_t contents = begin + static_cast<uint64_t>(length.next - head.data());
    if (length.status == leb128::Status::truncated ||
        (length.status == leb128::Status::ok && contents + length.value > file_bytes)) {
      return fmt::format("it ends at byte {}, within its section at byte {}", file_bytes, begin);
    }
    if (length.status != leb128::Status::ok) return std::nullopt;
    begin = contents + length.value;
  }
  return std::nullopt;
}

constexpr std::string_view module_suffix = ".wasm";

Found judge(FileKind kind, GuestProgram program, bool is_announced) {
  const std::string name = program.path;
  switch (kind) {
    case FileKind::module:
      if (const auto reason = reason_not_whole(program.file.get())) {
        return refused(name, fmt::format("it is the beginning of a WebAssembly module: {}", *reason),
                       "copy the whole file");
      }
      return program;
    case FileKind::component:
      return refused(name, "it is a WebAssembly component, and shallop runs core modules",
                     "build it for wasm32-wasip1, or wasm32-wasi");
    case FileKind::other_version:
      return refused(name, "it is WebAssembly of a version that shallop does not know", "version 1 is what it runs");
    case FileKind::text_format:
      return refused(name, "it is WebAssembly in the text format", "make a module of it with wat2wasm");
    case FileKind::program:
      // What was a module may have been exchanged by its guest, who would then run natively.
      if (!is_name_of_module(name)) break;
      return refused(name, "it is named .wasm, and is a native program", "give it another name if that is meant");
    case FileKind::other:
      if (!name.ends_with(module_suffix)) break;
      return refused(name, "it is named .wasm, and is no WebAssembly module: it does not begin with \\0asm",
                     "is the build's output what was copied into the image?");
  }
  if (!is_announced) return NotOurs{};
  return refused(name, "an annotation says that it is WebAssembly, and it is not",
                 "leave run.oci.handler and module.wasm.image/variant out for other programs");
}

}  // namespace

bool is_name_of_module(std::string_view name) {
  return name.ends_with(module_suffix) || name.contains(fmt::format("{}#", module_suffix));
}

FileKind kind_of(std::string_view beginning) {
  if (beginning.starts_with(wasm_magic)) {
    const std::string_view version = beginning.substr(4, 4);
    if (version == module_version) return FileKind::module;
    return version.size() == 4 && version.substr(2) == component_layer ? FileKind::component : FileKind::other_version;
  }
  if (beginning.starts_with("\x7F"
                            "ELF") ||
      beginning.starts_with("#!"))
    return FileKind::program;
  const size_t first = beginning.find_first_not_of(" \t\r\n");
  const std::string_view text = beginning.substr(std::min(first, beginning.size()));
  for (const std::string_view opening : {"(module", "(component", ";;"}) {
    if (text.starts_with(opening)) return FileKind::text_format;
  }
  return FileKind::other;
}

std::expected<Located, std::error_code> locate(const std::string& name, const ProcessView& process,
                                               const ContainerFiles& files) {
  if (!name.contains('/')) {
    const std::string directories = search_path(process.environment);
    for (const auto part : std::views::split(directories, ':')) {
      const std::string path = fmt::format("{}/{}", std::string_view(part.begin(), part.end()), name);
      if (auto file = files.open(path, process.directory)) return Located{.path = path, .file = *std::move(file)};
    }
  }
  auto file = files.open(name, process.directory);
  if (!file) return std::unexpected(file.error());
  return Located{.path = name, .file = *std::move(file)};
}

Found find_program(const ProcessView& process, const ContainerFiles& files) {
  if (process.arguments.empty()) return NotOurs{};
  GuestProgram program{
      .argument = index_behind_init(process.arguments), .path = {}, .place = {}, .function = {}, .file = {}};
  const std::string& named = process.arguments[program.argument];
  const size_t hash = named.rfind('#');
  auto located = locate(named, process, files);
  if (!located && hash != named.npos && hash != 0) {
    located = locate(named.substr(0, hash), process, files);
    program.function = named.substr(hash + 1);
  }
  if (!located) {
    // The real runtime says so best, and engines know its words.
    if (!process.is_announced) return NotOurs{};
    return Refusal{fmt::format("{}: {} in the container", named,
                               located.error() == std::errc::no_such_file_or_directory ? "no such file or directory"
                                                                                       : located.error().message())};
  }
  const FileKind kind = kind_of(beginning_of(located->file.fd.get()));
  program.path = std::move(located->path);
  program.place = std::move(located->file.place);
  program.file = std::move(located->file.fd);
  return judge(kind, std::move(program), process.is_announced);
}

}  // namespace shallop::oci
