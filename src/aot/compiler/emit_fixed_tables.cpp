// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/stubs.hpp"
#include "runtime/instance_layout.hpp"

namespace shallop::aot {
namespace {

// In modules with tail calls, calls through tables may be such: an import is left for then.
llvm::Function* leaving_import(ModuleEmitter& module, FuncIndex import) {
  const std::string name = "leave_for_" + std::to_string(import.value);
  if (llvm::Function* known = module.code().getFunction(name)) return known;
  const FuncType& type = module.type_of(import);
  llvm::Function* function = module.create_native(type, name, false);
  Builder b(llvm::BasicBlock::Create(module.context(), "entry", function));
  std::vector<llvm::Value*> arguments;
  for (llvm::Argument& each : function->args()) arguments.push_back(&each);
  arguments.push_back(module.imported(b, function->getArg(0), import));
  llvm::CallInst* call = b.CreateCall(module.leave(module.wasm().function_types[import.value]), arguments);
  call->setTailCallKind(llvm::CallInst::TCK_MustTail);
  module.set_convention(*call, true);
  module.return_result(b, *call);
  return function;
}

llvm::Function* code_of_import(ModuleEmitter& module, FuncIndex import) {
  return module.facts().has_tail_calls ? leaving_import(module, import) : module.import(import);
}

llvm::Constant* distance_to(llvm::Constant& code, llvm::Constant& from) {
  llvm::Type* address = llvm::Type::getInt64Ty(code.getContext());
  llvm::Constant* distance = llvm::ConstantExpr::getSub(llvm::ConstantExpr::getPtrToInt(&code, address),
                                                        llvm::ConstantExpr::getPtrToInt(&from, address));
  return llvm::ConstantExpr::getTrunc(distance, llvm::Type::getInt32Ty(code.getContext()));
}

void define(llvm::GlobalVariable& array, llvm::ArrayRef<llvm::Constant*> elements) {
  array.setInitializer(llvm::ConstantArray::get(llvm::cast<llvm::ArrayType>(array.getValueType()), elements));
}

llvm::Constant* emit_element(ModuleEmitter& module, llvm::GlobalVariable& array, std::optional<FuncIndex> function) {
  llvm::LLVMContext& context = module.context();
  llvm::Type* number = llvm::Type::getInt32Ty(context);
  llvm::StructType* type = llvm::StructType::get(number, number);
  if (!function) {
    return llvm::ConstantStruct::get(type,
                                     {llvm::ConstantInt::get(number, 0), llvm::ConstantInt::get(number, null_element)});
  }
  const bool is_import = function->value < module.wasm().imported_functions;
  llvm::Function* code = is_import ? code_of_import(module, *function) : module.function(*function);
  const TypeIndex type_index = module.facts().first_equal_types[module.wasm().function_types[function->value].value];
  return llvm::ConstantStruct::get(type, {distance_to(*code, array), llvm::ConstantInt::get(number, type_index.value)});
}

}  // namespace

void emit_fixed_tables(ModuleEmitter& module) {
  for (uint32_t i = 0; i < module.facts().fixed_tables.size(); ++i) {
    const std::optional<FixedTable>& table = module.facts().fixed_tables[i];
    if (!table) continue;
    llvm::GlobalVariable* array = module.fixed_table({i});
    std::vector<llvm::Constant*> elements;
    for (const auto& each : *table) elements.push_back(emit_element(module, *array, each));
    define(*array, elements);
  }
}

void emit_own_functions(ModuleEmitter& module) {
  const auto& tables = module.facts().fixed_tables;
  const bool is_needed = std::ranges::any_of(tables, [](const auto& table) { return !table; });
  if (!module.facts().has_own_convention || !is_needed || module.wasm().functions.empty()) return;
  llvm::GlobalVariable* array = module.own_functions();
  std::vector<llvm::Constant*> elements;
  elements.reserve(module.wasm().functions.size());
  for (uint32_t i = 0; i < module.wasm().functions.size(); ++i) {
    elements.push_back(distance_to(*module.function({module.wasm().imported_functions + i}), *array));
  }
  define(*array, elements);
}

}  // namespace shallop::aot
