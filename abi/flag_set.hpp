// SPDX-License-Identifier: Apache-2.0
// Set operations for the enums of abi/ that are witx `flags`: an enum opts in with `is_flag_set<E> = true`.
#pragma once

#include <type_traits>

namespace shallop::wasi {

template <typename E>
inline constexpr bool is_flag_set = false;

template <typename E>
concept FlagSet = std::is_enum_v<E> && is_flag_set<E>;

/// The set's bits as the integer that crosses the boundary.
template <typename E>
  requires std::is_enum_v<E>
constexpr std::underlying_type_t<E> bits(E value) noexcept {
  return static_cast<std::underlying_type_t<E>>(value);
}

template <FlagSet E>
constexpr E operator|(E a, E b) noexcept {
  return static_cast<E>(bits(a) | bits(b));
}

template <FlagSet E>
constexpr E operator&(E a, E b) noexcept {
  return static_cast<E>(bits(a) & bits(b));
}

template <FlagSet E>
constexpr E operator~(E a) noexcept {
  return static_cast<E>(static_cast<std::underlying_type_t<E>>(~bits(a)));
}

template <FlagSet E>
constexpr E& operator|=(E& a, E b) noexcept {
  return a = a | b;
}

template <FlagSet E>
constexpr E& operator&=(E& a, E b) noexcept {
  return a = a & b;
}

/// True when `set` holds every flag of `wanted`.
template <FlagSet E>
constexpr bool has(E set, E wanted) noexcept {
  return (set & wanted) == wanted;
}

}  // namespace shallop::wasi
