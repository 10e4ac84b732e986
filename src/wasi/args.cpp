// SPDX-License-Identifier: Apache-2.0
#include "wasi/functions.hpp"

namespace shallop::wasi {

Errno args_get(Context& context, Caller caller, GuestPointer<Pointer> argv, GuestBytes strings) noexcept {
  return context.arguments.write(caller, argv, strings);
}

Errno args_sizes_get(Context& context, Caller caller, GuestPointer<Size> count,
                     GuestPointer<Size> size_bytes) noexcept {
  return context.arguments.write_sizes(caller, count, size_bytes);
}

}  // namespace shallop::wasi
