// SPDX-License-Identifier: Apache-2.0
#include "cli/module_features.hpp"

#include <algorithm>
#include <array>
#include <bitset>

#include "binary/default_visitor.hpp"
#include "binary/instructions.hpp"

namespace shallop::cli {
namespace {

enum class Feature : uint8_t {
  mutable_globals,
  sign_extension,
  non_trapping_conversion,
  multi_value,
  bulk_memory,
  reference_types,
  simd,
};
constexpr std::array<std::string_view, 7> feature_names{
    "mutable-globals", "sign-extension", "nontrapping-fptoint", "multi-value", "bulk-memory",
    "reference-types", "simd128",
};

class FeatureSet {
 public:
  void add(Feature feature) { features_.set(static_cast<size_t>(feature)); }
  void add_if(bool condition, Feature feature) {
    if (condition) add(feature);
  }
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (size_t i = 0; i < feature_names.size(); ++i) {
      if (features_.test(i)) names.push_back(feature_names[i]);
    }
    return names;
  }

 private:
  std::bitset<feature_names.size()> features_;
};

constexpr bool is_vector_instruction(Opcode opcode) { return static_cast<uint32_t>(opcode) >> 12 == 0xFD; }

class CodeVisitor : public DefaultVisitor<CodeVisitor> {
 public:
  CodeVisitor(const Module& module, FeatureSet& features) : module_(module), features_(features) {}

  void at(size_t) { ++instructions_; }
  uint64_t instructions() const { return instructions_; }
  void other() {}

  void block(BlockType type) { note(type); }
  void loop(BlockType type) { note(type); }
  void if_(BlockType type) { note(type); }
  void call_indirect(TypeIndex, TableIndex table) { features_.add_if(table.value != 0, Feature::reference_types); }
  void unary(Opcode opcode) {
    features_.add_if(opcode >= Opcode::i32_extend8_s && opcode <= Opcode::i64_extend32_s, Feature::sign_extension);
    features_.add_if(opcode >= Opcode::i32_trunc_sat_f32_s && opcode <= Opcode::i64_trunc_sat_f64_u,
                     Feature::non_trapping_conversion);
    features_.add_if(is_vector_instruction(opcode), Feature::simd);
  }

  void load(Opcode opcode, MemArg) { features_.add_if(is_vector_instruction(opcode), Feature::simd); }
  void store(Opcode opcode, MemArg) { features_.add_if(is_vector_instruction(opcode), Feature::simd); }
  void binary(Opcode opcode) { features_.add_if(is_vector_instruction(opcode), Feature::simd); }
  void ternary(Opcode) { features_.add(Feature::simd); }
  void shift(Opcode) { features_.add(Feature::simd); }
  void extract_lane(Opcode, LaneIndex) { features_.add(Feature::simd); }
  void replace_lane(Opcode, LaneIndex) { features_.add(Feature::simd); }
  void load_lane(Opcode, MemArg, LaneIndex) { features_.add(Feature::simd); }
  void store_lane(Opcode, MemArg, LaneIndex) { features_.add(Feature::simd); }
  void v128_const(VectorBits) { features_.add(Feature::simd); }
  void i8x16_shuffle(ShuffleLanes) { features_.add(Feature::simd); }

  void memory_init(DataIndex, MemoryIndex) { features_.add(Feature::bulk_memory); }
  void data_drop(DataIndex) { features_.add(Feature::bulk_memory); }
  void memory_copy(MemoryIndex, MemoryIndex) { features_.add(Feature::bulk_memory); }
  void memory_fill(MemoryIndex) { features_.add(Feature::bulk_memory); }
  void table_init(ElementIndex, TableIndex) { features_.add(Feature::bulk_memory); }
  void elem_drop(ElementIndex) { features_.add(Feature::bulk_memory); }
  void table_copy(TableIndex, TableIndex) { features_.add(Feature::bulk_memory); }

  void table_get(TableIndex) { features_.add(Feature::reference_types); }
  void table_set(TableIndex) { features_.add(Feature::reference_types); }
  void table_grow(TableIndex) { features_.add(Feature::reference_types); }
  void table_size(TableIndex) { features_.add(Feature::reference_types); }
  void table_fill(TableIndex) { features_.add(Feature::reference_types); }
  void ref_null(ValueType) { features_.add(Feature::reference_types); }
  void ref_is_null() { features_.add(Feature::reference_types); }
  void ref_func(FuncIndex) { features_.add(Feature::reference_types); }
  void select_typed(SelectTypes) { features_.add(Feature::reference_types); }

 private:
  void note(BlockType type) {
    features_.add_if(!type.parameters(module_).empty() || type.results(module_).size() > 1, Feature::multi_value);
  }

  const Module& module_;
  FeatureSet& features_;
  uint64_t instructions_ = 0;
};

void examine_type(ValueType type, FeatureSet& features) {
  features.add_if(is_reference(type), Feature::reference_types);
  features.add_if(type == ValueType::v128, Feature::simd);
}

void examine_types(const Module& module, FeatureSet& features) {
  for (const FuncType& type : module.types) {
    features.add_if(type.results.size() > 1, Feature::multi_value);
    for (const ValueType each : type.parameters) examine_type(each, features);
    for (const ValueType each : type.results) examine_type(each, features);
  }
  for (const Function& function : module.functions) {
    for (const LocalGroup& group : function.locals) examine_type(group.type, features);
  }
  for (const TableType& table : module.table_types) {
    features.add_if(table.element != ValueType::funcref || module.table_types.size() > 1, Feature::reference_types);
  }
  for (const GlobalType& global : module.global_types) examine_type(global.type, features);
}

void examine_externs_and_segments(const Module& module, FeatureSet& features) {
  for (const Import& import : module.imports) {
    const auto* global = std::get_if<GlobalType>(&import.description);
    features.add_if(global != nullptr && global->is_mutable, Feature::mutable_globals);
  }
  for (const Export& exported : module.exports) {
    features.add_if(exported.kind == ExternKind::global && module.global_types[exported.index].is_mutable,
                    Feature::mutable_globals);
  }
  for (const ElementSegment& segment : module.elements) {
    features.add_if(segment.mode == SegmentMode::passive, Feature::bulk_memory);
    features.add_if(segment.mode == SegmentMode::declarative, Feature::reference_types);
  }
  for (const DataSegment& segment : module.data) {
    features.add_if(segment.mode == SegmentMode::passive, Feature::bulk_memory);
  }
}

}  // namespace

CodeFacts examine_code(const ValidatedModule& validated) {
  const Module& module = *validated;
  FeatureSet features;
  examine_types(module, features);
  examine_externs_and_segments(module, features);
  CodeVisitor visitor(module, features);
  for (const Function& function : module.functions) visit_instructions(function.body, visitor);
  return {.instructions = visitor.instructions(), .features = features.names()};
}

}  // namespace shallop::cli
