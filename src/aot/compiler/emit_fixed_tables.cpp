// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/stubs.hpp"
#include "runtime/instance_layout.hpp"

namespace shallop::aot {
namespace {

// An import as a function of this module's: calls it through its FunctionInstance.
llvm::Function* emit_import(ModuleEmitter& module, FuncIndex import) {
  const std::string name = "import_" + std::to_string(import.value);
  if (llvm::Function* known = module.code().getFunction(name)) return known;
  const FuncType& type = module.type_of(import);
  llvm::Function* function = module.create_native(type, name, false);
  llvm::Value* instance = function->getArg(0);
  Builder b(llvm::BasicBlock::Create(module.context(), "entry", function));
  llvm::Value* functions = module.load_invariant(b, instance, InstanceLayout::instance_functions, module.pointer());
  llvm::Value* callee = module.load_invariant(b, functions, import.value * sizeof(void*), module.pointer());
  llvm::Value* code = module.load_member(b, callee, InstanceLayout::function_native, module.pointer());
  std::vector<llvm::Value*> arguments;
  for (llvm::Argument& each : function->args()) arguments.push_back(&each);
  arguments.front() = module.load_member(b, callee, InstanceLayout::function_native_context, module.pointer());
  arguments.push_back(instance);
  llvm::CallInst* call = b.CreateCall(module.native_type(type, true), code, arguments);
  module.set_convention(*call, true);
  if (type.results.empty())
    b.CreateRetVoid();
  else
    b.CreateRet(call);
  return function;
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
  llvm::Function* code = is_import ? emit_import(module, *function) : module.function(*function);
  llvm::Type* address = llvm::Type::getInt64Ty(context);
  llvm::Constant* distance = llvm::ConstantExpr::getSub(llvm::ConstantExpr::getPtrToInt(code, address),
                                                        llvm::ConstantExpr::getPtrToInt(&array, address));
  const TypeIndex type_index = module.facts().first_equal_types[module.wasm().function_types[function->value].value];
  return llvm::ConstantStruct::get(
      type, {llvm::ConstantExpr::getTrunc(distance, number), llvm::ConstantInt::get(number, type_index.value)});
}

}  // namespace

void emit_fixed_tables(ModuleEmitter& module) {
  for (uint32_t i = 0; i < module.facts().fixed_tables.size(); ++i) {
    const std::optional<FixedTable>& table = module.facts().fixed_tables[i];
    if (!table) continue;
    llvm::GlobalVariable* array = module.fixed_table({i});
    std::vector<llvm::Constant*> elements;
    for (const auto& each : *table) elements.push_back(emit_element(module, *array, each));
    array->setInitializer(llvm::ConstantArray::get(llvm::cast<llvm::ArrayType>(array->getValueType()), elements));
  }
}

}  // namespace shallop::aot
