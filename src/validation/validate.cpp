// SPDX-License-Identifier: Apache-2.0
// The rules for modules: https://webassembly.github.io/spec/core/valid/modules.html
#include <fmt/format.h>

#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>

#include "validation/constant_expression_validator.hpp"
#include "validation/function_validator.hpp"
#include "validation/known_index.hpp"
#include "validation/validated_module.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

class ModuleValidator {
 public:
  // Features that are used are noted in `module`.
  explicit ModuleValidator(Module& module)
      : module_(module),
        features_(module.features),
        declared_(module.function_types.size()),
        expressions_(module, declared_, features_) {}

  // What bodies refer to comes first: the index spaces, then everything that declares functions for ref.func.
  void validate() {
    imports();
    functions();
    tables();
    memories();
    tags();
    globals();
    exports();
    start();
    elements();
    data();
    bodies();
  }

 private:
  void imports() const;
  void functions() const;
  void tables() const;
  void memories() const;
  void tags() const;
  void globals();
  void exports();
  void start() const;
  void elements();
  void data();
  void bodies() const;

  void tag_type(const TagType& type, size_t offset) const;
  void use(Feature feature, size_t offset, std::string_view what) const;
  void element_entries(const ElementSegment& segment);
  size_t index_space_size(ExternKind kind) const;

  const Module& module_;
  FeatureUse& features_;
  DeclaredFunctions declared_;
  ConstantExpressionValidator expressions_;
};

// https://webassembly.github.io/spec/core/valid/types.html#limits
void validate_limits(const Limits& limits, size_t offset) {
  if (!limits.maximum || limits.minimum <= *limits.maximum) return;
  throw ValidationError(offset, fmt::format("size minimum must not be greater than maximum: {} is greater than {}",
                                            limits.minimum, *limits.maximum));
}

// https://webassembly.github.io/spec/core/valid/types.html#memory-types
void validate_memory_type(const MemoryType& type, size_t offset) {
  for (const uint64_t pages : {type.limits.minimum, type.limits.maximum.value_or(0)}) {
    if (pages <= limits::memory_pages) continue;
    throw ValidationError(offset, fmt::format("memory size must be at most 65536 pages (4GiB), found {}", pages));
  }
  validate_limits(type.limits, offset);
  // https://webassembly.github.io/threads/core/valid/types.html#memory-types
  if (type.shared && !type.limits.maximum) throw ValidationError(offset, "shared memory must have maximum");
}

// `what` is the beginning of the message for a module that must not use it.
void ModuleValidator::use(Feature feature, size_t offset, std::string_view what) const {
  if (!features_.note(feature)) throw ValidationError(offset, fmt::format("{} {}", what, missing(feature)));
}

void ModuleValidator::imports() const {
  for (const Import& import : module_.imports) {
    if (const auto* function = std::get_if<TypeIndex>(&import.description)) {
      require_known_index("type", function->value, module_.types.size(), import.offset);
    } else if (const auto* table = std::get_if<TableType>(&import.description)) {
      validate_limits(table->limits, import.offset);
    } else if (const auto* memory = std::get_if<MemoryType>(&import.description)) {
      validate_memory_type(*memory, import.offset);
    } else if (const auto* tag = std::get_if<TagType>(&import.description)) {
      tag_type(*tag, import.offset);
    } else if (std::get<GlobalType>(import.description).is_mutable) {
      use(Feature::mutable_globals, import.offset, "mutable global: to import one needs");
    }
  }
}

void ModuleValidator::functions() const {
  for (const TypeIndex type : module_.function_types) {
    require_known_index("type", type.value, module_.types.size(), module_.offset_of(SectionId::function));
  }
}

void ModuleValidator::tables() const {
  const size_t offset = module_.offset_of(SectionId::table);
  for (const TableType& table : module_.tables) validate_limits(table.limits, offset);
  if (module_.table_types.size() > 1) {
    use(Feature::reference_types, offset ? offset : module_.offset_of(SectionId::import),
        "multiple tables: more than one needs");
  }
}

void ModuleValidator::memories() const {
  const size_t offset = module_.offset_of(SectionId::memory);
  for (const MemoryType& memory : module_.memories) validate_memory_type(memory, offset);
  if (module_.memory_types.size() > 1) {
    use(Feature::multi_memory, offset ? offset : module_.offset_of(SectionId::import),
        "multiple memories: more than one needs");
  }
}

// https://webassembly.github.io/spec/core/valid/types.html#tag-types
void ModuleValidator::tag_type(const TagType& type, size_t offset) const {
  require_known_index("type", type.type.value, module_.types.size(), offset);
  const FuncType& function = module_.types[type.type.value];
  if (function.results.empty()) return;
  throw ValidationError(offset, fmt::format("non-empty tag result type: a tag has no results, type {} is {}",
                                            type.type.value, text(function)));
}

void ModuleValidator::tags() const {
  for (const TagType& type : module_.tags) tag_type(type, module_.offset_of(SectionId::tag));
}

void ModuleValidator::globals() {
  size_t earlier = module_.imported_globals;
  for (const Global& global : module_.globals) {
    expressions_.validate(global.initializer, global.type.type, earlier++);
  }
}

size_t ModuleValidator::index_space_size(ExternKind kind) const {
  switch (kind) {
    case ExternKind::function: return module_.function_types.size();
    case ExternKind::table: return module_.table_types.size();
    case ExternKind::memory: return module_.memory_types.size();
    case ExternKind::global: return module_.global_types.size();
    case ExternKind::tag: return module_.tag_types.size();
  }
  std::unreachable();
}

// https://webassembly.github.io/spec/core/valid/modules.html#exports
void ModuleValidator::exports() {
  std::unordered_set<std::string_view> names;
  for (const Export& each : module_.exports) {
    require_known_index(text(each.kind), each.index, index_space_size(each.kind), each.offset);
    if (each.kind == ExternKind::function) declared_[each.index] = true;
    if (each.kind == ExternKind::global && module_.global_types[each.index].is_mutable) {
      use(Feature::mutable_globals, each.offset, "mutable global: to export one needs");
    }
    if (!names.insert(each.name).second) {
      throw ValidationError(each.offset, fmt::format("duplicate export name \"{}\"", each.name));
    }
  }
}

// https://webassembly.github.io/spec/core/valid/modules.html#start-function
void ModuleValidator::start() const {
  if (!module_.start) return;
  require_known_index("function", module_.start->value, module_.function_types.size(), module_.start_offset);
  const FuncType& type = module_.types[module_.function_types[module_.start->value].value];
  if (type == FuncType()) return;
  throw ValidationError(module_.start_offset, fmt::format("start function: expected type () -> (), function {} has {}",
                                                          module_.start->value, text(type)));
}

// https://webassembly.github.io/spec/core/valid/modules.html#element-segments
void ModuleValidator::elements() {
  for (const ElementSegment& segment : module_.elements) {
    element_entries(segment);
    if (segment.mode != SegmentMode::active) continue;
    require_known_index("table", segment.table.value, module_.table_types.size(), segment.position);
    const ValueType table_of = module_.table_types[segment.table.value].element;
    if (table_of != segment.type) {
      throw ValidationError(segment.position,
                            fmt::format("type mismatch in an element segment: table {} is of {}, the segment "
                                        "of {}",
                                        segment.table.value, text(table_of), text(segment.type)));
    }
    expressions_.validate(segment.offset, ValueType::i32, module_.global_types.size());
  }
}

void ModuleValidator::element_entries(const ElementSegment& segment) {
  if (const auto* expressions = std::get_if<std::vector<Expression>>(&segment.entries)) {
    for (const Expression& each : *expressions) expressions_.validate(each, segment.type, module_.global_types.size());
    return;
  }
  for (const FuncIndex each : std::get<std::vector<FuncIndex>>(segment.entries)) {
    require_known_index("function", each.value, module_.function_types.size(), segment.position);
    declared_[each.value] = true;
  }
}

// https://webassembly.github.io/spec/core/valid/modules.html#data-segments
void ModuleValidator::data() {
  for (const DataSegment& segment : module_.data) {
    if (segment.mode != SegmentMode::active) continue;
    require_known_index("memory", segment.memory.value, module_.memory_types.size(), segment.position);
    expressions_.validate(segment.offset, ValueType::i32, module_.global_types.size());
  }
}

void ModuleValidator::bodies() const {
  FunctionValidator validator(module_, declared_, features_);
  for (const Function& function : module_.functions) validator.validate(function);
}

}  // namespace

std::shared_ptr<const ValidatedModule> validate(Module module) {
  ModuleValidator(module).validate();
  return std::shared_ptr<const ValidatedModule>(new ValidatedModule(std::move(module)));
}

}  // namespace shallop
