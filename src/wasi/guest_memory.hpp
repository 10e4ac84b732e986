// SPDX-License-Identifier: Apache-2.0
// Checked access to the caller's linear memory. Ranges are computed in 64 bits, any alignment is accepted, and only
// bytes that were meant for the guest are written. A place is valid until the guest runs again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "abi/wasi_preview1.hpp"
#include "runtime/host_function.hpp"
#include "wasi/encode.hpp"

namespace shallop::wasi {

// A pointer argument: an offset into the guest's memory that nobody has checked.
template <class T>
struct GuestPointer {
  Pointer address = 0;
};

// An enum or flags argument: all 32 bits as the guest passed them.
template <class E>
struct Unchecked {
  uint32_t bits = 0;
};

// The flags, or none when a bit is set that the type does not define.
template <FlagSet E>
std::optional<E> checked(Unchecked<E> argument) {
  if ((argument.bits & ~uint32_t{bits(E::all)}) != 0) return std::nullopt;
  return static_cast<E>(argument.bits);
}

// One T in guest memory, or nothing where the pointer was out of range.
template <class T>
class GuestPlace {
 public:
  static_assert(std::is_trivially_copyable_v<T>);
  GuestPlace() = default;
  explicit GuestPlace(std::byte* bytes) : bytes_(bytes) {}
  explicit operator bool() const { return bytes_ != nullptr; }

  T load() const {
    T value;
    std::memcpy(&value, bytes_, sizeof(T));
    return value;
  }
  // One member, given by its offsetof.
  template <class Member>
  Member load_at(size_t offset) const {
    Member value;
    std::memcpy(&value, bytes_ + offset, sizeof(Member));
    return value;
  }
  void store(const T& value) const {
    if constexpr (std::has_unique_object_representations_v<T>) {
      std::memcpy(bytes_, &value, sizeof(T));
    } else {
      const auto encoded = encode(value);  // padding must not carry bytes of the host
      std::memcpy(bytes_, encoded.data(), sizeof(T));
    }
  }

 private:
  std::byte* bytes_ = nullptr;
};

template <class T>
class GuestArray {
 public:
  GuestArray() = default;
  GuestArray(std::byte* bytes, Size count) : bytes_(bytes), count_(count) {}
  explicit operator bool() const { return bytes_ != nullptr; }
  Size count() const { return count_; }
  GuestPlace<T> operator[](Size index) const { return GuestPlace<T>(bytes_ + size_t{index} * sizeof(T)); }

 private:
  std::byte* bytes_ = nullptr;
  Size count_ = 0;
};

class GuestMemory {
 public:
  explicit GuestMemory(Caller caller) : GuestMemory(caller.memory()) {}
  explicit GuestMemory(std::span<std::byte> memory) : base_(memory.data()), size_(memory.size()) {}

  // Null when any of the bytes is outside, and always when there is no memory.
  std::byte* range(Pointer address, uint64_t size) const {
    return size <= size_ && address <= size_ - size ? base_ + address : nullptr;
  }
  template <class T>
  GuestPlace<T> at(GuestPointer<T> pointer) const {
    return GuestPlace<T>(range(pointer.address, sizeof(T)));
  }
  template <class T>
  GuestArray<T> array(GuestPointer<T> pointer, Size count) const {
    return GuestArray<T>(range(pointer.address, uint64_t{count} * sizeof(T)), count);
  }
  // `data()` is null when out of range.
  std::span<std::byte> bytes(GuestPointer<std::byte> pointer, Size size) const {
    std::byte* bytes = range(pointer.address, size);
    return {bytes, bytes != nullptr ? size : 0};
  }

 private:
  std::byte* base_;
  uint64_t size_;
};

}  // namespace shallop::wasi

namespace shallop {

template <class T>
struct HostArgument<wasi::GuestPointer<T>> {
  static constexpr ValueType type = ValueType::i32;
  static wasi::GuestPointer<T> from_slot(Slot slot) { return {static_cast<uint32_t>(slot)}; }
};

template <class E>
struct HostArgument<wasi::Unchecked<E>> {
  static constexpr ValueType type = ValueType::i32;
  static wasi::Unchecked<E> from_slot(Slot slot) { return {static_cast<uint32_t>(slot)}; }
};

}  // namespace shallop
