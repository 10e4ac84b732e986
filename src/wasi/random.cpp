// SPDX-License-Identifier: Apache-2.0
#include <sys/random.h>

#include "wasi/errno.hpp"
#include "wasi/functions.hpp"

namespace shallop::wasi {

// Guests make keys of it: nothing but the kernel's generator will do.
Errno fill_system_random(std::span<std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t size = retry_interrupted([&] { return ::getrandom(bytes.data(), bytes.size(), 0); });
    if (size < 0) return last_errno();
    bytes = bytes.subspan(static_cast<size_t>(size));
    if (is_interrupted()) return Errno::intr;
  }
  return Errno::success;
}

Errno random_get(Context& context, Caller caller, GuestBytes buffer, Size size_bytes) noexcept {
  const std::span<std::byte> bytes = GuestMemory(caller).bytes(buffer, size_bytes);
  return bytes.data() != nullptr ? context.fill_random(bytes) : Errno::fault;
}

}  // namespace shallop::wasi
