// SPDX-License-Identifier: Apache-2.0
// Native code in memory: written once, then executable and never writable again.
#pragma once

#include <cstddef>
#include <span>

namespace shallop::aot {

class ExecutableMapping {
 public:
  // `code` at the first page, `data` behind it at the next multiple of native_page_bytes. Throws ResourceError.
  ExecutableMapping(std::span<const std::byte> code, std::span<const std::byte> data);
  ~ExecutableMapping();
  ExecutableMapping(const ExecutableMapping&) = delete;
  ExecutableMapping& operator=(const ExecutableMapping&) = delete;

  std::span<const std::byte> code() const { return {first_, code_bytes_}; }
  std::span<const std::byte> data() const { return {first_ + data_offset_, data_bytes_}; }

 private:
  const std::byte* first_ = nullptr;
  size_t code_bytes_ = 0;
  size_t data_offset_ = 0;
  size_t data_bytes_ = 0;
};

}  // namespace shallop::aot
