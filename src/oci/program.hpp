// SPDX-License-Identifier: Apache-2.0
// What a process of a container is to run: whether it is a WebAssembly module is found by the file's first bytes, not
// by the image's platform, its labels or the file's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/unique_fd.hpp"
#include "oci/container_files.hpp"

namespace shallop::oci {

// "app.wasm", "app.wasm#function": what has such a name is never run as a native program.
bool is_name_of_module(std::string_view name);

enum class FileKind : uint8_t {
  module,         // \0asm, version 1
  component,      // \0asm, the layer of components
  other_version,  // \0asm, neither
  text_format,    // (module ...
  program,        // ELF, or a script
  other,
};

// By the first bytes of the file, some 64.
FileKind kind_of(std::string_view beginning);

// A module to be run.
struct GuestProgram {
  size_t argument = 0;   // its index in process.args: 0, or behind an init program and its "--"
  std::string path;      // as the runner can open it in the container's working directory
  std::string place;     // absolute in the container, through no link
  std::string function;  // of "app.wasm#function"; empty: `_start`
  UniqueFd file;
};

// Nothing of ours: the real runtime runs it, or says why it cannot.
struct NotOurs {};

// It was meant for us and cannot be run; the sentence is for whoever started the container.
struct Refusal {
  std::string sentence;
};

using Found = std::variant<NotOurs, GuestProgram, Refusal>;

struct ProcessView {
  std::vector<std::string> arguments;    // process.args
  std::vector<std::string> environment;  // process.env, for PATH
  std::string directory;                 // process.cwd
  bool is_announced = false;             // an annotation says that it is Wasm: everything else is an error
};

struct Located {
  std::string path;  // as the runner can open it in the container's working directory
  ContainerFile file;
};

// The file that `name` means as a program. A name without a slash is looked for as execvp() does, and then in the
// working directory, where images that were made for other Wasm runtimes have it.
std::expected<Located, std::error_code> locate(const std::string& name, const ProcessView& process,
                                               const ContainerFiles& files);

Found find_program(const ProcessView& process, const ContainerFiles& files);

}  // namespace shallop::oci
