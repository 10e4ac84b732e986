// SPDX-License-Identifier: Apache-2.0
// Host functions are written with their true C++ signature; the Wasm type and the unpacking of slots are deduced here,
// at compile time. Shapes:
//
//   Result name(Context& context, Caller caller, Arguments...) noexcept;
//
// Context is what the definition was given; an argument is a 32- or 64-bit integer, float, double, an enum, or a class
// with `static constexpr` conversion from an i32 (see HostArgument); Result is void, one of these, Completion (the
// function has no results and may trap or exit) or HostResult (it has a result and may trap or exit).
#pragma once

#include <bit>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "runtime/function.hpp"
#include "runtime/instance.hpp"
#include "runtime/interruption.hpp"
#include "runtime/store.hpp"

namespace shallop {

// The instance whose code calls the host function.
class Caller {
 public:
  explicit Caller(Instance* instance) : instance_(instance) {}
  // Memory 0; empty when there is none. Valid until the guest runs again.
  std::span<std::byte> memory() const {
    return instance_ != nullptr && instance_->memory != nullptr ? instance_->memory->bytes() : std::span<std::byte>{};
  }
  Instance* instance() const { return instance_; }

 private:
  Instance* instance_;
};

// How a C++ argument type travels. Specialise for wrappers of an i32 that are not enums, such as a guest pointer.
template <class T>
struct HostArgument {
  static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
  static constexpr bool is_wide = sizeof(T) == 8;
  static constexpr ValueType type = std::is_floating_point_v<T> ? (is_wide ? ValueType::f64 : ValueType::f32)
                                                                : (is_wide ? ValueType::i64 : ValueType::i32);
  static T from_slot(Slot slot) {
    if constexpr (std::is_floating_point_v<T>) {
      if constexpr (is_wide)
        return std::bit_cast<T>(slot);
      else
        return std::bit_cast<T>(static_cast<uint32_t>(slot));
    } else {
      return static_cast<T>(slot);
    }
  }
  static Slot to_slot(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      if constexpr (is_wide)
        return std::bit_cast<uint64_t>(value);
      else
        return std::bit_cast<uint32_t>(value);
    } else if constexpr (is_wide) {
      return static_cast<Slot>(value);
    } else {
      return static_cast<uint32_t>(value);
    }
  }
};

// `value` counts only when `completion` is returned.
template <class T>
struct HostResult {
  Completion completion = Completion::returned;
  T value{};
};

namespace detail {

template <class T>
inline constexpr bool is_host_result = false;
template <class T>
inline constexpr bool is_host_result<HostResult<T>> = true;

template <class Signature>
struct HostSignature;

template <class Result, class Context, class... Arguments>
struct HostSignature<Result (*)(Context&, Caller, Arguments...) noexcept> {
  static FuncType type() {
    FuncType type;
    (type.parameters.push_back(HostArgument<Arguments>::type), ...);
    if constexpr (is_host_result<Result>) {
      type.results.push_back(HostArgument<decltype(Result::value)>::type);
    } else if constexpr (!std::is_void_v<Result> && !std::is_same_v<Result, Completion>) {
      type.results.push_back(HostArgument<Result>::type);
    }
    return type;
  }

  template <auto function>
  static Completion enter(FunctionInstance& callee, Instance* caller, Slot* values) noexcept {
    const Completion completion = call<function>(*static_cast<Context*>(callee.host), Caller(caller), values,
                                                 std::index_sequence_for<Arguments...>{});
    if (shallop::is_interrupted() && caller != nullptr && completion == Completion::returned) [[unlikely]] {
      return caller->store->trap(TrapCode::interrupted);
    }
    return completion;
  }

  template <auto function, size_t... indices>
  static Completion call(Context& context, Caller caller, Slot* values, std::index_sequence<indices...>) noexcept {
    if constexpr (std::is_same_v<Result, Completion>) {
      return function(context, caller, HostArgument<Arguments>::from_slot(values[indices])...);
    } else if constexpr (is_host_result<Result>) {
      const Result result = function(context, caller, HostArgument<Arguments>::from_slot(values[indices])...);
      values[0] = HostArgument<decltype(Result::value)>::to_slot(result.value);
      return result.completion;
    } else if constexpr (std::is_void_v<Result>) {
      function(context, caller, HostArgument<Arguments>::from_slot(values[indices])...);
      return Completion::returned;
    } else {
      values[0] = HostArgument<Result>::to_slot(
          function(context, caller, HostArgument<Arguments>::from_slot(values[indices])...));
      return Completion::returned;
    }
  }
};

}  // namespace detail

// The function type that `function` has for a guest.
template <auto function>
FuncType host_function_type() {
  return detail::HostSignature<decltype(function)>::type();
}

// The entry point that unpacks slots and calls `function`; FunctionInstance::host must be its Context.
template <auto function>
inline constexpr EntryPoint host_entry = &detail::HostSignature<decltype(function)>::template enter<function>;

template <auto function, class Context>
FunctionInstance& add_host_function(Store& store, Context& context) {
  return store.add_host_function(host_function_type<function>(), host_entry<function>, &context);
}

}  // namespace shallop
