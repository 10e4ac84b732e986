// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/module_emitter.hpp"

#include "runtime/instance_layout.hpp"

namespace shallop::aot {
namespace {

// What holds for all code that is made, whatever it does.
llvm::AttributeList common_attributes(llvm::LLVMContext& context, const llvm::TargetMachine& machine,
                                      bool has_tail_calls) {
  llvm::AttrBuilder builder(context);
  builder.addAttribute(llvm::Attribute::NoUnwind);
  builder.addUWTableAttr(llvm::UWTableKind::Async);  // backtraces start at any instruction that faults
  // A null reference is read on purpose (runtime/native_abi.hpp), and a guest's access may be anywhere.
  builder.addAttribute(llvm::Attribute::NullPointerIsValid);
  builder.addAttribute("no-builtins");
  builder.addAttribute("target-cpu", machine.getTargetCPU());
  builder.addAttribute("target-features", machine.getTargetFeatureString());
  // Frames larger than a page touch each page in order, so that they cannot step over the stack's guard.
  builder.addAttribute("probe-stack", "inline-asm");
  // Arguments on the stack are their callee's to pop. Where that one was left by a tail call to a function with other
  // arguments, nobody can tell from a frame beneath where the caller's stack pointer was: its own frame has to.
  if (has_tail_calls) builder.addAttribute("frame-pointer", "all");
  return llvm::AttributeList::get(context, llvm::AttributeList::FunctionIndex, builder);
}

}  // namespace

ModuleEmitter::ModuleEmitter(llvm::LLVMContext& context, const Module& module, const ModuleFacts& facts,
                             const CodeOptions& options, const llvm::TargetMachine& machine)
    : wasm_(module),
      facts_(facts),
      options_(options),
      code_(std::make_unique<llvm::Module>("wasm", context)),
      metadata_(context),
      pointer_(llvm::PointerType::getUnqual(context)),
      attributes_(common_attributes(context, machine, facts.has_tail_calls)),
      tag_root_(metadata_.createTBAARoot("shallop")),
      guest_tag_(tag("guest memory")),
      runtime_tag_(tag("runtime")),
      slot_tag_(tag("slot")),
      element_tag_(tag("table element")),
      imported_global_tag_(tag("imported global")),
      unlikely_(metadata_.createBranchWeights(1, 1u << 20)),
      global_tags_(module.global_types.size()),
      functions_(module.function_types.size()),
      fixed_tables_(module.table_types.size()) {
  code_->setTargetTriple(machine.getTargetTriple().str());
  code_->setDataLayout(machine.createDataLayout());
  code_->setPICLevel(llvm::PICLevel::SmallPIC);
  code_->setUwtable(llvm::UWTableKind::Async);
}

llvm::Type* ModuleEmitter::type(ValueType type) const {
  llvm::LLVMContext& context = code_->getContext();
  switch (type) {
    case ValueType::i32: return llvm::Type::getInt32Ty(context);
    case ValueType::i64: return llvm::Type::getInt64Ty(context);
    case ValueType::f32: return llvm::Type::getFloatTy(context);
    case ValueType::f64: return llvm::Type::getDoubleTy(context);
    case ValueType::v128: return llvm::FixedVectorType::get(llvm::Type::getInt64Ty(context), 2);
    case ValueType::funcref:
    case ValueType::externref:
    case ValueType::exnref: return llvm::Type::getInt64Ty(context);
  }
  std::unreachable();
}

llvm::FunctionType* ModuleEmitter::native_type(const FuncType& type, bool through_instance) const {
  std::vector<llvm::Type*> parameters{pointer_};
  for (const ValueType each : type.parameters) parameters.push_back(this->type(each));
  if (type.results.size() > 1) parameters.push_back(pointer_);
  if (through_instance) parameters.push_back(pointer_);
  llvm::Type* result =
      type.results.empty() ? llvm::Type::getVoidTy(code_->getContext()) : this->type(type.results.front());
  return llvm::FunctionType::get(result, parameters, false);
}

const FuncType& ModuleEmitter::type_of(FuncIndex function) const {
  return wasm_.types[wasm_.function_types[function.value].value];
}

llvm::Function* ModuleEmitter::function(FuncIndex function) {
  llvm::Function*& known = functions_[function.value];
  if (known == nullptr) known = create_native(type_of(function), "f" + std::to_string(function.value), false);
  return known;
}

llvm::Function* ModuleEmitter::import(FuncIndex function) {
  llvm::Function*& known = functions_[function.value];
  if (known == nullptr) {
    known = create_internal(type_of(function), "import_" + std::to_string(function.value));
    imports_in_use_.push_back(function);
  }
  return known;
}

llvm::Function* ModuleEmitter::create(llvm::FunctionType* type, const std::string& name) {
  llvm::Function* function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, *code_);
  function->setAttributes(attributes_);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  function->setDSOLocal(true);
  return function;
}

llvm::GlobalVariable* ModuleEmitter::create_array(llvm::Type* element, uint64_t size, const std::string& name) {
  auto* array = new llvm::GlobalVariable(*code_, llvm::ArrayType::get(element, size), true,
                                         llvm::GlobalValue::ExternalLinkage, nullptr, name);
  array->setVisibility(llvm::GlobalValue::HiddenVisibility);
  array->setDSOLocal(true);
  array->setAlignment(llvm::Align(8));
  return array;
}

llvm::GlobalVariable* ModuleEmitter::fixed_table(TableIndex table) {
  llvm::GlobalVariable*& known = fixed_tables_[table.value];
  if (known == nullptr) {
    llvm::Type* number = llvm::Type::getInt32Ty(code_->getContext());
    known = create_array(llvm::StructType::get(number, number), facts_.fixed_tables[table.value]->size(),
                         "table_" + std::to_string(table.value));
  }
  return known;
}

llvm::GlobalVariable* ModuleEmitter::own_functions() {
  if (own_functions_ == nullptr) {
    own_functions_ = create_array(llvm::Type::getInt32Ty(code_->getContext()), wasm_.functions.size(), "own_functions");
  }
  return own_functions_;
}

llvm::Function* ModuleEmitter::stub(const char* name, TypeIndex type) {
  const std::string symbol = name + std::to_string(type.value);
  llvm::Function* known = code_->getFunction(symbol);
  return known != nullptr ? known : create_native(wasm_.types[type.value], symbol, true);
}

llvm::Function* ModuleEmitter::callout(TypeIndex type) { return stub("callout_", type); }
llvm::Function* ModuleEmitter::leave(TypeIndex type) { return stub("leave_", type); }

llvm::Value* ModuleEmitter::code_of(Builder& builder, llvm::Value* function, TypeIndex type) {
  if (facts_.has_own_convention) return callout(type);
  return load_member(builder, function, InstanceLayout::function_native, pointer_);
}

llvm::Value* ModuleEmitter::context_of(Builder& builder, llvm::Value* function) const {
  if (facts_.has_own_convention) return function;
  return load_member(builder, function, InstanceLayout::function_native_context, pointer_);
}

llvm::Function* ModuleEmitter::create_native(const FuncType& type, const std::string& name, bool through_instance) {
  llvm::Function* function = create(native_type(type, through_instance), name);
  function->setCallingConv(convention());
  function->addParamAttr(0, llvm::Attribute::SwiftSelf);
  function->addParamAttr(0, llvm::Attribute::NoUndef);
  if (through_instance) function->addParamAttr(static_cast<unsigned>(function->arg_size() - 1), llvm::Attribute::Nest);
  return function;
}

llvm::Function* ModuleEmitter::create_internal(const FuncType& type, const std::string& name) {
  llvm::Function* function = create_native(type, name, false);
  function->setVisibility(llvm::GlobalValue::DefaultVisibility);
  function->setLinkage(llvm::GlobalValue::InternalLinkage);
  return function;
}

void ModuleEmitter::set_convention(llvm::CallInst& call, bool through_instance) const {
  call.setCallingConv(convention());
  call.addParamAttr(0, llvm::Attribute::SwiftSelf);
  if (through_instance) call.addParamAttr(call.arg_size() - 1, llvm::Attribute::Nest);
}

llvm::Value* ModuleEmitter::at_offset(Builder& builder, llvm::Value* base, uint64_t offset) const {
  return offset == 0 ? base : builder.CreateConstGEP1_64(builder.getInt8Ty(), base, offset);
}

llvm::Value* ModuleEmitter::load_invariant(Builder& builder, llvm::Value* base, uint64_t offset,
                                           llvm::Type* type) const {
  llvm::LoadInst* load = load_member(builder, base, offset, type);
  load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(code_->getContext(), {}));
  return load;
}

llvm::LoadInst* ModuleEmitter::load_member(Builder& builder, llvm::Value* base, uint64_t offset,
                                           llvm::Type* type) const {
  llvm::LoadInst* load = builder.CreateLoad(type, at_offset(builder, base, offset));
  mark(*load, runtime_tag_);
  return load;
}

llvm::CallInst* ModuleEmitter::call_builtin(Builder& builder, llvm::Value* context, size_t offset, llvm::Type* result,
                                            llvm::ArrayRef<llvm::Value*> arguments) const {
  llvm::LoadInst* instance = load_member(builder, context, InstanceLayout::context_instance, pointer_);
  std::vector<llvm::Value*> values{instance};
  values.insert(values.end(), arguments.begin(), arguments.end());
  std::vector<llvm::Type*> types;
  types.reserve(values.size());
  for (llvm::Value* each : values) types.push_back(each->getType());
  // Volatile, so that they are read here and not kept in a register through all code that may come here.
  llvm::LoadInst* builtins = load_member(builder, context, InstanceLayout::context_builtins, pointer_);
  builtins->setVolatile(true);
  instance->setVolatile(true);
  llvm::Value* function = load_member(builder, builtins, offset, pointer_);
  return builder.CreateCall(llvm::FunctionType::get(result, types, false), function, values);
}

llvm::Value* ModuleEmitter::imported(Builder& builder, llvm::Value* context, FuncIndex import) const {
  llvm::Value* functions = load_invariant(builder, context, InstanceLayout::context_functions, pointer_);
  return load_invariant(builder, functions, import.value * sizeof(void*), pointer_);
}

void ModuleEmitter::return_result(Builder& builder, llvm::CallInst& call) {
  if (call.getType()->isVoidTy())
    builder.CreateRetVoid();
  else
    builder.CreateRet(&call);
}

void ModuleEmitter::raise_trap(Builder& builder, llvm::Value* context, TrapCode code) const {
  llvm::CallInst* call = call_builtin(builder, context, offsetof(NativeBuiltins, raise_trap), builder.getVoidTy(),
                                      {builder.getInt32(static_cast<uint32_t>(code))});
  call->setDoesNotReturn();
  call->addFnAttr(llvm::Attribute::Cold);
  builder.CreateUnreachable();
}

llvm::Value* ModuleEmitter::has_thrown(Builder& builder, llvm::Value* context) const {
  return builder.CreateIsNotNull(load_member(builder, context, InstanceLayout::context_thrown, pointer_));
}

void ModuleEmitter::return_nothing(Builder& builder, const llvm::Function& function) {
  llvm::Type* type = function.getReturnType();
  if (type->isVoidTy())
    builder.CreateRetVoid();
  else
    builder.CreateRet(llvm::PoisonValue::get(type));
}

bool ModuleEmitter::is_guest_access(const llvm::Instruction& access) const {
  return access.getMetadata(llvm::LLVMContext::MD_tbaa) == guest_tag_;
}

void ModuleEmitter::mark_global_access(llvm::Instruction& access, GlobalIndex global) {
  // Two imports may be the same global.
  if (global.value < wasm_.imported_globals) return mark(access, imported_global_tag_);
  llvm::MDNode*& known = global_tags_[global.value];
  if (known == nullptr) known = tag("global " + std::to_string(global.value));
  mark(access, known);
}

llvm::MDNode* ModuleEmitter::tag(llvm::StringRef name) {
  llvm::MDNode* node = metadata_.createTBAAScalarTypeNode(name, tag_root_);
  return metadata_.createTBAAStructTagNode(node, node, 0);
}

void ModuleEmitter::mark(llvm::Instruction& access, llvm::MDNode* tag) {
  access.setMetadata(llvm::LLVMContext::MD_tbaa, tag);
}

}  // namespace shallop::aot
