// SPDX-License-Identifier: Apache-2.0
// Where native code finds what it reads of instances: offsets in bytes, for the compiler. Nothing but these members is
// addressed by generated code; their offsets are part of native_abi_fingerprint() (native_abi.hpp), so that code made
// for another layout is refused.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/function.hpp"
#include "runtime/global.hpp"
#include "runtime/instance.hpp"
#include "runtime/memory.hpp"
#include "runtime/table.hpp"

namespace shallop {

// These types are no standard-layout ones (they hold containers), for which offsetof is conditionally supported;
// without virtual bases clang lays them out like those.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winvalid-offsetof"
struct InstanceLayout {
  // Instance
  static constexpr uint32_t instance_globals = offsetof(Instance, globals);          // GlobalInstance*[]
  static constexpr uint32_t instance_functions = offsetof(Instance, functions);      // FunctionInstance*[]
  static constexpr uint32_t instance_tables = offsetof(Instance, tables);            // Table*[]
  static constexpr uint32_t instance_memories = offsetof(Instance, memories);        // Memory*[]
  static constexpr uint32_t instance_tags = offsetof(Instance, tags);                // TagInstance*[]
  static constexpr uint32_t instance_memory_base = offsetof(Instance, memory_base);  // never changes
  static constexpr uint32_t instance_canonical_types = offsetof(Instance, canonical_types);
  static constexpr uint32_t instance_builtins = offsetof(Instance, builtins);
  static constexpr uint32_t instance_native_stack_limit = offsetof(Instance, native_stack_limit);
  static constexpr uint32_t instance_thrown = offsetof(Instance, thrown);
  // FunctionInstance
  static constexpr uint32_t function_type = offsetof(FunctionInstance, type);
  static constexpr uint32_t function_instance = offsetof(FunctionInstance, instance);
  static constexpr uint32_t function_index = offsetof(FunctionInstance, index);
  static constexpr uint32_t function_entry = offsetof(FunctionInstance, entry);
  static constexpr uint32_t function_native_type = offsetof(FunctionInstance, native_type);
  static constexpr uint32_t function_native = offsetof(FunctionInstance, native);
  static constexpr uint32_t function_native_context = offsetof(FunctionInstance, native_context);
  static constexpr uint32_t function_host = offsetof(FunctionInstance, host);
  static constexpr uint32_t function_host_code = offsetof(FunctionInstance, host_code);
  // Memory: the size in bytes has 64 bits. Of a memory that is not guarded both change when it grows.
  static constexpr uint32_t memory_base = offsetof(Memory, base_);
  static constexpr uint32_t memory_size_bytes = offsetof(Memory, size_bytes_);
  // Table: the elements are Slots, the size has 32 bits. Both change when it grows.
  static constexpr uint32_t table_elements = offsetof(Table, elements_);
  static constexpr uint32_t table_size = offsetof(Table, size_);
  // ExceptionInstance
  static constexpr uint32_t exception_tag = offsetof(ExceptionInstance, tag);
  // GlobalInstance
  static constexpr uint32_t global_value = offsetof(GlobalInstance, value);
};
#pragma clang diagnostic pop

}  // namespace shallop
