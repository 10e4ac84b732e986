// SPDX-License-Identifier: Apache-2.0
// The module `spectest` that the official scripts import. Its print functions print nothing.
#pragma once

#include "runtime/linker.hpp"
#include "runtime/store.hpp"

namespace shallop::spec {

void define_spectest(Store& store, Linker& linker);

}  // namespace shallop::spec
