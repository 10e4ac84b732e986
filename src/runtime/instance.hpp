// SPDX-License-Identifier: Apache-2.0
// A module instance. The first members are what running code reads all the time; engines address them directly.
// https://webassembly.github.io/spec/core/exec/runtime.html#module-instances
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/exception.hpp"
#include "runtime/function.hpp"
#include "runtime/global.hpp"
#include "runtime/memory.hpp"
#include "runtime/native_context.hpp"
#include "runtime/table.hpp"
#include "validation/validated_module.hpp"

namespace shallop {

class Store;
class Code;

using Extern = std::variant<FunctionInstance*, Table*, Memory*, GlobalInstance*, TagInstance*>;  // order of ExternKind
inline ExternKind kind_of(const Extern& item) { return static_cast<ExternKind>(item.index()); }

// Owned by its Store, never moved; what it points to is the Store's too.
struct Instance {
  Memory* memory = nullptr;  // memory 0, or null
  GlobalInstance** globals = nullptr;
  FunctionInstance** functions = nullptr;
  Table** tables = nullptr;
  Store* store = nullptr;
  Memory** memories = nullptr;
  TagInstance** tags = nullptr;

  // What native code reads instead: before memory 0, or `native_room`. Set when native code is bound to the instance.
  NativeContext* native = nullptr;
  NativeContext native_room;

  std::shared_ptr<const ValidatedModule> module;
  std::shared_ptr<const Code> code;
  std::shared_ptr<const Code> native_code;  // the native code that the instance runs, if any

  // By index space: imports first.
  std::vector<FunctionInstance*> all_functions;
  std::vector<Table*> all_tables;
  std::vector<Memory*> all_memories;
  std::vector<GlobalInstance*> all_globals;
  std::vector<TagInstance*> all_tags;
  // By segment index; emptied by elem.drop, data.drop and after an active segment was applied.
  std::vector<std::vector<Slot>> element_segments;
  std::vector<std::span<const std::byte>> data_segments;

  std::optional<Extern> find_export(std::string_view name) const;
  Extern export_of(const Export& item) const;  // an entry of the module's exports
  // elem.drop, data.drop.
  void drop_elements(uint32_t segment);
  void drop_data(uint32_t segment);
};

}  // namespace shallop
