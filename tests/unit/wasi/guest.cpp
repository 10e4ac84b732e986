// SPDX-License-Identifier: Apache-2.0
#include "unit/wasi/guest.hpp"

#include <fcntl.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include "base/unique_fd.hpp"

namespace shallop::wasi {
namespace {

int null_device() {
  static const UniqueFd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  return fd.get();
}

ContextOptions with_null_streams(ContextOptions options) {
  if (options.standard_streams == std::array{0, 1, 2}) {
    options.standard_streams = {null_device(), null_device(), null_device()};
  }
  return options;
}

MemoryType two_pages() { return {.limits = {.minimum = 2, .maximum = 2}}; }

}  // namespace

Guest::Guest(ContextOptions options)
    : memory_(store_.add_memory(two_pages())), context(with_null_streams(std::move(options))) {
  instance_.memory = &memory_;
  instance_.store = &store_;
  bare_instance_.store = &store_;
  context.store = &store_;
}

Pointer Guest::allocate(size_t size) {
  const Pointer address = next_;
  const size_t padded = (size + 7) / 8 * 8;
  if (address + padded > memory_size) throw std::length_error("the guest's memory is used up");
  std::memset(at(address), 0xA5, padded);
  next_ += static_cast<Pointer>(padded);
  return address;
}

Guest::Text Guest::text(std::string_view text) {
  const Pointer address = allocate(text.size() + 1);
  std::ranges::copy(std::as_bytes(std::span(text)), at(address));
  return {{address}, static_cast<Size>(text.size())};
}

std::string Guest::string(Pointer address, size_t size) {
  return std::string(reinterpret_cast<const char*>(at(address)), size);
}

GuestPointer<Iovec> Guest::buffers(const std::vector<Size>& sizes) {
  std::vector<Iovec> vectors;
  for (const Size size : sizes) vectors.push_back({allocate(size), size});
  return put_array(vectors);
}

GuestPointer<Ciovec> Guest::texts(const std::vector<std::string_view>& texts) {
  std::vector<Ciovec> vectors;
  for (const std::string_view each : texts) {
    const Text stored = text(each);
    vectors.push_back({stored.pointer.address, stored.size});
  }
  return put_array(vectors);
}

std::byte* Guest::at(Pointer address) { return memory_.base() + address; }

}  // namespace shallop::wasi
