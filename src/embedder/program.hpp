// SPDX-License-Identifier: Apache-2.0
// From a file's name to a module that is ready to run. Throws Error with a sentence for the user: the file cannot be
// read or is of another format, DecodeError, ValidationError.
#pragma once

#include <memory>
#include <string>

#include "embedder/engine_selection.hpp"
#include "validation/validated_module.hpp"

namespace shallop {

struct Program {
  std::string path;  // as the user named it
  std::shared_ptr<const ValidatedModule> module;
  SelectedEngine engine;
};

// Reads, decodes and validates the file at `path`; "-" is standard input.
std::shared_ptr<const ValidatedModule> load_module(const std::string& path);

// The same, and gets it ready for an engine.
Program load_program(const std::string& path, const EngineOptions& options = {});

}  // namespace shallop
