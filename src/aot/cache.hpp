// SPDX-License-Identifier: Apache-2.0
// Native code that was compiled on this machine before, kept in the user's cache directory: $XDG_CACHE_HOME/shallop, or
// ~/.cache/shallop (XDG Base Directory Specification). Only what carries our own signature is taken from it, made with
// a key that only the user can read; what does not is deleted. docs/native-code.md describes the files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/sha256.hpp"
#include "base/unique_fd.hpp"
#include "wasm/module.hpp"

namespace shallop::aot {

// What an entry was made from: module, compiler, options and processor.
Digest cache_key(const Module& module, uint8_t optimization);

class Cache {
 public:
  // Beyond this, the entries that were not used for longest are deleted.
  static constexpr uint64_t size_bytes_max = uint64_t{512} << 20;

  // Why there is no cache, as a sentence.
  struct Refusal {
    std::string sentence;
    bool is_expected = false;  // nothing is wrong: the environment names no directory
  };
  // Opens the directory, and makes it if it is not there.
  static std::expected<Cache, Refusal> open();

  struct Found {
    std::vector<std::byte> contents;  // of a native section
    bool was_damaged = false;         // there was an entry without our signature, and is no more
  };
  std::optional<Found> load(const Digest& key) const;

  // The error is a sentence; the cache is as it was before.
  std::expected<void, std::string> store(const Digest& key, std::span<const std::byte> contents) const;

  const std::string& path() const { return path_; }

 private:
  Cache(std::string path, UniqueFd directory, std::vector<std::byte> signing_key)
      : path_(std::move(path)), directory_(std::move(directory)), signing_key_(std::move(signing_key)) {}
  Digest sign(const Digest& key, std::span<const std::byte> contents) const;
  void evict() const;

  std::string path_;
  UniqueFd directory_;
  std::vector<std::byte> signing_key_;
};

}  // namespace shallop::aot
