// SPDX-License-Identifier: Apache-2.0
// What stops a module from getting ready to run. Thrown only while loading (decode, validate, lower, link), caught once
// per program by embedder/diagnostics. What happens while guest code runs is a value: trap.hpp, runtime/outcome.hpp.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include "wasm/features.hpp"

namespace shallop {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// An error at a place in the module's bytes; `offset` counts from the first byte of the module.
class OffsetError : public Error {
 public:
  OffsetError(size_t offset, const std::string& message) : Error(message), offset_(offset) {}
  size_t offset() const { return offset_; }

 private:
  size_t offset_;
};

// The bytes are not a module of the binary format ("malformed").
class DecodeError : public OffsetError {
 public:
  using OffsetError::OffsetError;
};

// The bytes are of a proposal that we do not have; `message` ends with missing(proposal).
class UnsupportedError : public DecodeError {
 public:
  UnsupportedError(size_t offset, const std::string& message, UnsupportedProposal proposal)
      : DecodeError(offset, message), proposal_(proposal) {}
  UnsupportedProposal proposal() const { return proposal_; }

 private:
  UnsupportedProposal proposal_;
};

// The module breaks a rule of the specification's chapter "Validation" ("invalid").
class ValidationError : public OffsetError {
 public:
  using OffsetError::OffsetError;
};

// An import is missing or of another type ("unlinkable").
class LinkError : public Error {
 public:
  using Error::Error;
};

// The host cannot give what the module needs, such as address space for a memory.
class ResourceError : public Error {
 public:
  using Error::Error;
};

}  // namespace shallop
