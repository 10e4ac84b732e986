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

// An argument as native code passes it, and as slots hold it.
template <class T, ValueType type = HostArgument<T>::type>
using GuestValue = std::conditional_t<
    type == ValueType::i32, uint32_t,
    std::conditional_t<type == ValueType::i64, uint64_t, std::conditional_t<type == ValueType::f32, float, double>>>;

template <class T>
GuestValue<T> guest_value(Slot slot) {
  return HostArgument<GuestValue<T>>::from_slot(slot);
}

template <class Value>
Slot slot_of(Value value) {
  return HostArgument<Value>::to_slot(value);
}

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

  static constexpr bool has_result =
      is_host_result<Result> || (!std::is_void_v<Result> && !std::is_same_v<Result, Completion>);

  // Native code calls this (FunctionInstance::host_code).
  template <auto function>
  static HostReturn call(void* host, Instance* caller, GuestValue<Arguments>... arguments) noexcept {
    HostReturn result = returned<function>(*static_cast<Context*>(host), Caller(caller),
                                           HostArgument<Arguments>::from_slot(slot_of(arguments))...);
    if (shallop::is_interrupted() && caller != nullptr && result.completion == Completion::returned) [[unlikely]] {
      result.completion = caller->store->trap(TrapCode::interrupted);
    }
    return result;
  }

  template <auto function>
  static Completion enter(FunctionInstance& callee, Instance* caller, Slot* values) noexcept {
    return unpack<function>(callee, caller, values, std::index_sequence_for<Arguments...>{});
  }

  template <auto function, size_t... indices>
  static Completion unpack(FunctionInstance& callee, Instance* caller, Slot* values,
                           std::index_sequence<indices...>) noexcept {
    const HostReturn result = call<function>(callee.host, caller, guest_value<Arguments>(values[indices])...);
    if constexpr (has_result) values[0] = result.value;
    return result.completion;
  }

  template <auto function>
  static HostReturn returned(Context& context, Caller caller, Arguments... arguments) noexcept {
    if constexpr (std::is_same_v<Result, Completion>) {
      return {.completion = function(context, caller, arguments...)};
    } else if constexpr (is_host_result<Result>) {
      const Result result = function(context, caller, arguments...);
      return {.value = HostArgument<decltype(Result::value)>::to_slot(result.value), .completion = result.completion};
    } else if constexpr (std::is_void_v<Result>) {
      function(context, caller, arguments...);
      return {};
    } else {
      return {.value = HostArgument<Result>::to_slot(function(context, caller, arguments...))};
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

// FunctionInstance::host_code for the same.
template <auto function>
const void* host_code() {
  return reinterpret_cast<const void*>(&detail::HostSignature<decltype(function)>::template call<function>);
}

template <auto function, class Context>
FunctionInstance& add_host_function(Store& store, Context& context) {
  return store.add_host_function(host_function_type<function>(), host_entry<function>, &context, host_code<function>());
}

}  // namespace shallop
