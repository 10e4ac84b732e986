// SPDX-License-Identifier: Apache-2.0
#include "wasi/functions.hpp"

namespace shallop::wasi {

Errno environ_get(Context& context, Caller caller, GuestPointer<Pointer> environ, GuestBytes strings) noexcept {
  return context.environment.write(caller, environ, strings);
}

Errno environ_sizes_get(Context& context, Caller caller, GuestPointer<Size> count,
                        GuestPointer<Size> size_bytes) noexcept {
  return context.environment.write_sizes(caller, count, size_bytes);
}

}  // namespace shallop::wasi
