// SPDX-License-Identifier: Apache-2.0
// A cursor over a part of a module's bytes. Every read is checked; every failure is a DecodeError that knows its offset
// in the module. Reads are named after the productions of https://webassembly.github.io/spec/core/binary/values.html .
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/leb128.hpp"
#include "wasm/module.hpp"
#include "wasm/types.hpp"

namespace shallop {

class Reader {
 public:
  // `offset` is that of the first of `bytes` in the module. `features`, if it is given, has to outlive the reader;
  // without it, everything that we have is allowed and nothing is noted.
  Reader(Bytes bytes, size_t offset, FeatureUse* features = nullptr)
      : first_(bytes.data()),
        position_(bytes.data()),
        last_(bytes.data() + bytes.size()),
        offset_(offset),
        features_(features) {}

  size_t offset() const { return offset_ + static_cast<size_t>(position_ - first_); }
  size_t remaining() const { return static_cast<size_t>(last_ - position_); }
  bool at_end() const { return position_ == last_; }
  const std::byte* position() const { return position_; }

  uint8_t byte() {
    if (position_ == last_) [[unlikely]]
      fail_at_end(offset());
    return std::to_integer<uint8_t>(*position_++);
  }
  uint32_t u32() { return integer<uint32_t>(); }
  // Where the memory64 proposal has an integer of 64 bits: says so if there is one.
  uint32_t u32_or_u64() {
    if (position_ != last_ && std::to_integer<uint8_t>(*position_) < 0x80) [[likely]]
      return std::to_integer<uint8_t>(*position_++);
    return long_u32_or_u64();
  }
  int32_t s32() { return integer<int32_t>(); }
  int64_t s33() { return integer<int64_t, 33>(); }
  int64_t s64() { return integer<int64_t>(); }
  // A floating-point number is kept as its bits, so that no NaN changes on its way.
  uint32_t f32_bits() { return static_cast<uint32_t>(little_endian(4)); }
  uint64_t f64_bits() { return little_endian(8); }

  // Notes that the module uses `feature`, at `offset`. `what` is the beginning of the message for a module that must
  // not: "malformed value type: v128 needs".
  void use(Feature feature, size_t offset, const char* what) {
    if (!note(feature)) [[unlikely]]
      fail_feature(feature, offset, what);
  }
  // The same for a caller with a message of its own: false where the module must not.
  bool allows(Feature feature) const { return features_ == nullptr || features_->allowed.has(feature); }
  bool note(Feature feature) { return features_ == nullptr || features_->note(feature); }

  // The next `size` bytes.
  Bytes take(size_t size);
  // The next `size` bytes as a reader.
  Reader part(size_t size) {
    const size_t first_offset = offset();
    return Reader(take(size), first_offset, features_);
  }
  // A size, then as many bytes; the returned reader ends with them.
  Reader sized();
  // The number of elements of a vector, each of at least one byte: never more than the bytes that remain, so that
  // memory may be taken for it. `what` and `maximum` are for the message: "types", limits::types.
  uint32_t count(const char* what, uint32_t maximum);
  // UTF-8 is checked.
  std::string name();

  // https://webassembly.github.io/spec/core/binary/types.html
  ValueType value_type();
  ValueType reference_type();

 private:
  // Nearly all integers of real modules have one byte.
  template <class Integer, unsigned width = sizeof(Integer) * 8>
  [[gnu::always_inline]] Integer integer() {
    if (position_ != last_) [[likely]] {
      const auto byte = std::to_integer<uint8_t>(*position_);
      if (byte < 0x80) [[likely]] {
        ++position_;
        if constexpr (static_cast<Integer>(-1) < 0) return static_cast<Integer>(byte) - ((byte & 0x40) << 1);
        return byte;
      }
    }
    return long_integer<Integer, width>();
  }
  template <class Integer, unsigned width>
  [[gnu::noinline]] Integer long_integer() {
    const auto decoded = leb128::decode<Integer, width>(position_, last_);
    if (decoded.status != leb128::Status::ok) fail_in_integer(decoded.status, offset());
    position_ = decoded.next;
    return decoded.value;
  }
  uint32_t long_u32_or_u64();
  uint64_t little_endian(size_t size) {
    if (remaining() < size) [[unlikely]]
      fail_at_end(offset());
    uint64_t bits = 0;
    for (size_t i = 0; i < size; ++i) bits |= std::to_integer<uint64_t>(position_[i]) << (8 * i);
    position_ += size;
    return bits;
  }
  [[noreturn]] static void fail_feature(Feature feature, size_t offset, const char* what);
  [[noreturn]] static void fail_at_end(size_t offset);
  [[noreturn]] static void fail_in_integer(leb128::Status status, size_t offset);

  const std::byte* first_;
  const std::byte* position_;
  const std::byte* last_;
  size_t offset_;
  FeatureUse* features_;
};

}  // namespace shallop
