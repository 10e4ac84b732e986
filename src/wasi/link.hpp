// SPDX-License-Identifier: Apache-2.0
// Offers every function of functions.def to guests, under the module name `wasi_snapshot_preview1`.
#pragma once

#include "runtime/linker.hpp"
#include "runtime/store.hpp"
#include "wasi/context.hpp"

namespace shallop::wasi {

// `context` must outlive `store`'s running guests; it is used by this store only.
void link(Linker& linker, Store& store, Context& context);

}  // namespace shallop::wasi
