// SPDX-License-Identifier: Apache-2.0
// A guest without code: a memory, an instance that calls, and a context. Tests put arguments into the memory, call the
// host functions directly, and look at what came back. No engine takes part.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/store.hpp"
#include "support/temporary_directory.hpp"
#include "wasi/functions.hpp"

namespace shallop::wasi {

inline void PrintTo(Errno error, std::ostream* out) { *out << "errno " << static_cast<int>(error); }
inline void PrintTo(Filetype type, std::ostream* out) { *out << "filetype " << static_cast<int>(type); }
inline void PrintTo(Fdflags flags, std::ostream* out) { *out << "fdflags " << bits(flags); }

// Of a type that the guest's memory holds.
template <class E>
constexpr Unchecked<E> raw(E value) {
  return {static_cast<uint32_t>(bits(value))};
}

class Guest {
 public:
  // The memory has two pages; fd 0 to 2 are /dev/null unless `options` says otherwise.
  explicit Guest(ContextOptions options = {});
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  static constexpr uint64_t memory_size = 2 * 65'536;

  Caller caller() { return Caller(&instance_); }
  Caller caller_without_memory() { return Caller(&bare_instance_); }

  // Fresh bytes of the guest's memory, filled with a pattern that no result looks like.
  Pointer allocate(size_t size);
  template <class T>
  GuestPointer<T> place() {
    return {allocate(sizeof(T))};
  }
  template <class T>
  GuestPointer<T> put(const T& value) {
    const GuestPointer<T> pointer = place<T>();
    std::memcpy(at(pointer.address), &value, sizeof(T));
    return pointer;
  }
  template <class T>
  GuestPointer<T> put_array(const std::vector<T>& values) {
    const GuestPointer<T> pointer{allocate(values.size() * sizeof(T))};
    if (!values.empty()) std::memcpy(at(pointer.address), values.data(), values.size() * sizeof(T));
    return pointer;
  }
  template <class T>
  T get(GuestPointer<T> pointer, Size index = 0) {
    T value;
    std::memcpy(&value, at(pointer.address) + index * sizeof(T), sizeof(T));
    return value;
  }

  // Not terminated: a guest's texts need not be.
  struct Text {
    GuestBytes pointer;
    Size size;
  };
  Text text(std::string_view text);
  std::string string(Pointer address, size_t size);

  // One buffer for each size; or one for each text.
  GuestPointer<Iovec> buffers(const std::vector<Size>& sizes);
  GuestPointer<Ciovec> texts(const std::vector<std::string_view>& texts);

  std::byte* at(Pointer address);

 private:
  Store store_;
  Memory& memory_;
  Instance instance_;
  Instance bare_instance_;
  Pointer next_ = 64;  // low addresses stay unused, to tell them from forgotten pointers

 public:
  Context context;
};

}  // namespace shallop::wasi
