// SPDX-License-Identifier: Apache-2.0
// Whether a file is a program that starts in an image that holds nothing else, and on which machines: read from its ELF
// header. https://man7.org/linux/man-pages/man5/elf.5.html
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace shallop::oci_image {

// The architecture by Go's name, as platforms of images have it. The error is the rest of a sentence about the file.
std::expected<std::string_view, std::string> static_program_architecture(std::span<const std::byte> file);

}  // namespace shallop::oci_image
