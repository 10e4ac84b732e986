// SPDX-License-Identifier: Apache-2.0
#include "aot/executable_mapping.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "aot/native_image.hpp"
#include "wasm/error.hpp"

namespace shallop::aot {
namespace {

size_t rounded_up(size_t size) { return (size + native_page_bytes - 1) / native_page_bytes * native_page_bytes; }

[[noreturn]] void fail(void* mapping, size_t size, const char* what) {
  const int error = errno;
  if (mapping != MAP_FAILED) munmap(mapping, size);
  throw ResourceError(fmt::format("{} of native code: {}", what, std::strerror(error)));
}

}  // namespace

ExecutableMapping::ExecutableMapping(std::span<const std::byte> code, std::span<const std::byte> data)
    : code_bytes_(code.size()),
      data_offset_(std::max<size_t>(rounded_up(code.size()), native_page_bytes)),
      data_bytes_(data.size()) {
  if (sysconf(_SC_PAGESIZE) != native_page_bytes) {
    throw ResourceError(fmt::format("native code needs pages of {} bytes, this system has others", native_page_bytes));
  }
  const size_t size = data_offset_ + rounded_up(data.size());
  void* mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) fail(mapping, size, fmt::format("no room for {} KiB", size >> 10).c_str());
  auto* first = static_cast<std::byte*>(mapping);
  if (!code.empty()) std::memcpy(first, code.data(), code.size());
  if (!data.empty()) std::memcpy(first + data_offset_, data.data(), data.size());
  // In this order nothing is executable before it has ceased to be writable.
  if (mprotect(mapping, size, PROT_READ) != 0) fail(mapping, size, "the system forbids to protect the pages");
  if (mprotect(mapping, data_offset_, PROT_READ | PROT_EXEC) != 0) {
    fail(mapping, size, "the system forbids the execution");
  }
  first_ = first;
}

ExecutableMapping::~ExecutableMapping() {
  munmap(const_cast<std::byte*>(first_), data_offset_ + rounded_up(data_bytes_));
}

}  // namespace shallop::aot
