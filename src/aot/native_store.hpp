// SPDX-License-Identifier: Apache-2.0
// Native code that a host has compiled for its containers: a directory with the entries of one module, which the host
// writes
// (`shallop precompile`) and a container sees through a read-only mount (`shallop run --native-store`). Its files are
// trusted because nobody but the host can write them, so they carry no signature. docs/containers.md
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/sha256.hpp"
#include "base/unique_fd.hpp"

namespace shallop::aot {

class NativeStore {
 public:
  // The directory has to be there, and be one that we cannot write to (a read-only mount) or that is ours or root's
  // alone. The error is a sentence.
  static std::expected<NativeStore, std::string> open(const std::string& path);

  // The contents of a native section; nothing if there is none. `key` is a cache_key().
  std::optional<std::vector<std::byte>> load(const Digest& key) const;

  // Why the host has not compiled the module, if it has given up.
  std::optional<std::string> failure() const;

  // Marks the entry as one that is still right; false if there is none.
  bool touch(const Digest& key) const;

  // The error is a sentence; the store is as it was before.
  std::expected<void, std::string> store(const Digest& key, std::span<const std::byte> contents) const;

  // Waits until it is the only one that writes here; for as long as the result lives. Nothing where that is impossible.
  UniqueFd lock() const;

 private:
  NativeStore(std::string path, UniqueFd directory) : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  UniqueFd directory_;
};

}  // namespace shallop::aot
