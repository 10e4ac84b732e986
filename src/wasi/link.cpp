// SPDX-License-Identifier: Apache-2.0
#include "wasi/link.hpp"

#include "runtime/host_function.hpp"
#include "wasi/functions.hpp"

namespace shallop::wasi {

void link(Linker& linker, Store& store, Context& context) {
  context.store = &store;
#define SHALLOP_WASI_FUNCTION(name, function) \
  linker.define(import_module, #name, &add_host_function<&function>(store, context));
#include "wasi/functions.def"
}

}  // namespace shallop::wasi
