// SPDX-License-Identifier: Apache-2.0
// What is to be sent next, in one piece: shared by all connections of a server, filled and emptied within one event.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace shallop::http {

class OutputBuffer {
 public:
  std::string_view text() const noexcept { return {data_.get(), size_}; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  void clear() noexcept { size_ = 0; }

  /// Room for `bytes` more behind the text. Write there, then commit() what was written.
  char* prepare(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return data_.get() + size_;
  }
  void commit(const char* end) noexcept { size_ = static_cast<std::size_t>(end - data_.get()); }

  void append(std::string_view text) { commit(put(prepare(text.size()), text)); }

  static char* put(char* out, std::string_view text) noexcept { return out + text.copy(out, text.size()); }

 private:
  void grow(std::size_t bytes) {
    const std::size_t capacity = 2 * capacity_ + bytes;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  static constexpr std::size_t initial_capacity = std::size_t{16} * 1024;

  std::size_t capacity_ = initial_capacity;
  std::unique_ptr<char[]> data_ = std::make_unique_for_overwrite<char[]>(initial_capacity);
  std::size_t size_ = 0;
};

}  // namespace shallop::http
