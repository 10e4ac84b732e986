// SPDX-License-Identifier: Apache-2.0
// Whole files. Errors are the host's own, as std::error_code: whoever knows why the file was wanted makes the sentence.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <system_error>
#include <vector>

namespace shallop {

// Everything in the file, pipe or device at `path`; std::errc::file_too_large beyond `size_bytes_max`.
std::expected<std::vector<std::byte>, std::error_code> read_file(const std::string& path, size_t size_bytes_max);

}  // namespace shallop
