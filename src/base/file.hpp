// SPDX-License-Identifier: Apache-2.0
// Whole files, read and written. Errors are the host's own, as std::error_code: whoever knows why the file was wanted
// makes the sentence.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace shallop {

// Whether a file that begins so is worth reading.
using GoesOn = bool (*)(std::span<const std::byte> beginning);
inline bool always_goes_on(std::span<const std::byte>) { return true; }

// Everything in the file, pipe or device at `path`, or only its beginning, of at most 64 KiB, where that is not worth
// going on; std::errc::file_too_large beyond `size_bytes_max`.
std::expected<std::vector<std::byte>, std::error_code> read_file(const std::string& path, size_t size_bytes_max,
                                                                 GoesOn goes_on = always_goes_on);

// All of `bytes`, waiting for room where `fd` does not block. What was written before an error stays written.
std::error_code write_all(int fd, std::span<const std::byte> bytes);
inline std::error_code write_all(int fd, std::string_view text) {
  return write_all(fd, std::as_bytes(std::span(text)));
}

}  // namespace shallop
