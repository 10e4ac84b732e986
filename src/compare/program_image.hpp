// SPDX-License-Identifier: Apache-2.0
// A native program as an image that holds nothing else, for containers that are compared with those of modules.
#pragma once

#include <expected>
#include <string>

#include "compare/command.hpp"

namespace shallop::compare {

struct ProgramImage {
  std::string program;  // the file; statically linked, as there is no library beside it
  std::string name;     // of the image
  std::string archive;  // where it goes
};

// Where the program is in its image.
std::string path_in_image(const std::string& program);
// The error is a sentence.
std::expected<void, std::string> write_program_image(const ProgramImage& image);

}  // namespace shallop::compare
