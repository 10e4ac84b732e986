// SPDX-License-Identifier: Apache-2.0
// Modules of the 3.0 suite that test something else often hold a reference type of the function-references proposal,
// for one function among many. Here such a module is written anew with the types that we have: `(ref null $t)` and
// `(ref $t)` become funcref, `ref.null $t` becomes `ref.null func`, and `(ref exn)` becomes exnref.
// https://webassembly.github.io/spec/core/binary/types.html#reference-types
//
// What a valid module computes stays the same, as each type becomes one that holds all of its values. What has to be
// refused may be accepted, so this is nothing for modules that an assertion wants invalid or unlinkable.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "validation/validated_module.hpp"
#include "wasm/features.hpp"

namespace shallop::spec {

// `module` with the reference type, or the operand of ref.null, at `offset` replaced, and the sizes of all that holds
// it written anew; nothing where no such thing is at `offset`. The sections up to there have to be well-formed.
std::optional<std::vector<std::byte>> without_typed_reference(const std::vector<std::byte>& module, size_t offset);

// For a module that is refused for function references: the module without its typed ones; null if it is refused even
// so, as one that uses their instructions is.
std::shared_ptr<const ValidatedModule> load_without_typed_references(std::vector<std::byte> module, Features features);

}  // namespace shallop::spec
