// SPDX-License-Identifier: Apache-2.0
// The 128-bit vector in C++: clang's vector types, which are the processor's registers on every host. A V128 says
// nothing of lanes; each instruction reads it as the lanes that its name tells. The first lane is in the lowest bytes.
// https://webassembly.github.io/spec/core/syntax/types.html#vector-types
#pragma once

#include <cstdint>

namespace shallop {

using V128 = uint64_t __attribute__((vector_size(16)));

// 16 / sizeof(Lane) lanes, and as many as fit into a vector of `size_bytes`, for what an operation computes in between.
template <class Lane, int size_bytes = 16>
using Lanes __attribute__((vector_size(size_bytes))) = Lane;

template <class Lane>
[[gnu::always_inline]] inline Lanes<Lane> lanes(V128 vector) {
  return reinterpret_cast<Lanes<Lane>>(vector);
}

template <class Vector>
[[gnu::always_inline]] inline V128 v128(Vector lanes) {
  static_assert(sizeof(Vector) == sizeof(V128));
  return reinterpret_cast<V128>(lanes);
}

}  // namespace shallop
