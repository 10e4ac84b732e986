// SPDX-License-Identifier: Apache-2.0
// The host's side of the store for native code: a directory for each module, named by the SHA-256 of its file, which is
// mounted into the containers that run it. Only the host writes there.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace shallop::oci {

inline constexpr std::string_view entry_suffix = ".native";
// Why the module could not be compiled, as a line of text.
inline constexpr const char* failure_name = "failed";

// Of a module that is compiled. To find its directory it is read at each start, by root and outside of the container's
// limits, and images are not to choose how long that takes: this takes some tenths of a second (docs/containers.md has
// the figure). Interpreters of Python and Ruby with their libraries have some 30 MiB.
inline constexpr uint64_t module_bytes_max = uint64_t{64} << 20;

// Makes the directory for the module if it is not there, and marks it as used now. The error is a sentence.
std::expected<std::string, std::string> module_directory(const std::string& store, int module);

// False once native code is there that `precompiler` made since it was installed and the machine was started (before,
// another compiler or processor may have been what it was made for), or once it has failed to.
bool wants_compilation(const std::string& directory, const std::string& precompiler);

// An entry of a module's directory while it is written: it has its name when it is whole.
class NewEntry {
 public:
  // `directory` outlives it. errno tells why there is none.
  explicit NewEntry(int directory);
  ~NewEntry();
  NewEntry(const NewEntry&) = delete;
  NewEntry& operator=(const NewEntry&) = delete;

  explicit operator bool() const { return static_cast<bool>(file_); }
  bool write(std::string_view bytes);
  // In the place of all that was there, for all users to read.
  bool finish(const std::string& name);

 private:
  int directory_;
  std::string temporary_;
  UniqueFd file_;
};

// So that it is not tried again at each start.
void mark_as_failed(int directory, std::string_view sentence);

// Takes away everything but the file called `kept`.
void clear_directory(int directory, std::string_view kept = {});

// Takes away the modules that were not used for longest, until no more than `size_bytes_max` are used on the disk. What
// is being compiled stays, and so does `kept`, a directory's path.
void evict(const std::string& store, uint64_t size_bytes_max, const std::string& kept);

}  // namespace shallop::oci
