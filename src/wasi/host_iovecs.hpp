// SPDX-License-Identifier: Apache-2.0
// A guest's iovecs as the host's calls take them, each checked once to lie in memory. The host moves at most 2 GiB less
// a page per call (read(2), NOTES), so the amounts fit the guest's 32 bits whatever the list adds up to.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>

#include "wasi/guest_memory.hpp"

namespace shallop::wasi {

class HostIovecs {
 public:
  // `inval` for more than max_iovecs, `fault` for what is out of range.
  Errno load(const GuestMemory& memory, GuestPointer<Iovec> vectors, Size count) {
    if (count > max_iovecs) return Errno::inval;
    const auto guest = memory.array(vectors, count);
    if (!guest) return Errno::fault;
    for (Size i = 0; i < count; ++i) {
      const Iovec vector = guest[i].load();
      std::byte* bytes = memory.range(vector.buf, vector.buf_len);
      if (bytes == nullptr) return Errno::fault;
      vectors_[i] = {.iov_base = bytes, .iov_len = vector.buf_len};
      size_bytes_ += vector.buf_len;
    }
    count_ = count;
    return Errno::success;
  }

  // Leaves out the first bytes, which the first vector has to hold; restore() takes the same ones in again.
  void advance(size_t bytes) {
    if (bytes == 0) return;
    vectors_[0] = {.iov_base = static_cast<std::byte*>(vectors_[0].iov_base) + bytes,
                   .iov_len = vectors_[0].iov_len - bytes};
    size_bytes_ -= bytes;
  }
  void restore(size_t bytes) {
    if (bytes == 0) return;
    vectors_[0] = {.iov_base = static_cast<std::byte*>(vectors_[0].iov_base) - bytes,
                   .iov_len = vectors_[0].iov_len + bytes};
    size_bytes_ += bytes;
  }

  iovec* data() { return vectors_.data(); }
  std::span<const iovec> pieces() const { return {vectors_.data(), count_}; }
  int count() const { return static_cast<int>(count_); }
  bool is_single() const { return count_ == 1; }  // then the call for one buffer does, which costs the host less
  size_t size_bytes() const { return size_bytes_; }

 private:
  std::array<iovec, max_iovecs>
      vectors_;  // the first count_ are set: clearing 16 KiB a call would cost more than most calls
  size_t count_ = 0;
  size_t size_bytes_ = 0;
};

}  // namespace shallop::wasi
