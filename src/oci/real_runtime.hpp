// SPDX-License-Identifier: Apache-2.0
// The OCI runtime that does the work.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

namespace shallop::oci {

// The first of `names` that is there and is not this program: a path, or a name that PATH or the usual directories
// hold. The error is a sentence.
std::expected<std::string, std::string> find_runtime(std::span<const std::string> names);

// Becomes the runtime. Returns only when that fails; the sentence says why.
std::string become(const std::string& runtime, std::span<const std::string> arguments);

// What `runtime arguments...` writes on standard output; nothing when it fails. Its standard error is dropped.
std::expected<std::string, int> output_of(const std::string& runtime, std::span<const std::string> arguments);

}  // namespace shallop::oci
