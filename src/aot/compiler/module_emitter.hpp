// SPDX-License-Identifier: Apache-2.0
// What the functions of one llvm::Module share: types, declarations, attributes, and how code reads what the runtime
// holds for it (runtime/instance_layout.hpp). One for each partition, so nothing here is shared between threads.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "aot/compiler/fixed_tables.hpp"
#include "runtime/native_abi.hpp"
#include "wasm/module.hpp"

namespace shallop::aot {

struct CodeOptions {
  uint8_t optimization = 3;
  bool guarded_memory = true;
};

// In the array of a fixed table: the type of a null element.
inline constexpr uint32_t null_element = ~uint32_t{0};

// What is found out about the whole module before any of it is compiled; read by all threads.
struct ModuleFacts {
  explicit ModuleFacts(const Module& module)
      : fixed_tables(find_fixed_tables(module)),
        first_equal_types(shallop::aot::first_equal_types(module)),
        has_own_convention(shallop::has_own_convention(module)),
        has_tail_calls(module.features.used.has(Feature::tail_call)),
        has_exceptions(module.features.used.has(Feature::exception_handling)) {}
  std::vector<std::optional<FixedTable>> fixed_tables;  // by TableIndex
  std::vector<TypeIndex> first_equal_types;             // by TypeIndex
  bool has_own_convention;                              // native_abi.hpp
  bool has_tail_calls;
  bool has_exceptions;
};

using Builder = llvm::IRBuilder<>;

class ModuleEmitter {
 public:
  ModuleEmitter(llvm::LLVMContext& context, const Module& module, const ModuleFacts& facts, const CodeOptions& options,
                const llvm::TargetMachine& machine);

  llvm::Module& code() { return *code_; }
  llvm::LLVMContext& context() { return code_->getContext(); }
  const Module& wasm() const { return wasm_; }
  const CodeOptions& options() const { return options_; }
  const ModuleFacts& facts() const { return facts_; }
  bool has_shared_memory() const { return std::ranges::any_of(wasm_.memory_types, &MemoryType::shared); }

  // --- Types ---

  llvm::Type* type(ValueType type) const;
  llvm::Type* pointer() const { return pointer_; }
  // The native convention: (context, parameters..., results behind the first, if there are several). `through_instance`
  // adds the caller, which goes in a register of its own: calls through a FunctionInstance.
  llvm::FunctionType* native_type(const FuncType& type, bool through_instance) const;
  const FuncType& type_of(FuncIndex function) const;

  // --- Functions ---

  // f<index>, declared when first asked for.
  llvm::Function* function(FuncIndex function);
  // A function in the native convention, whose attributes say what all code of ours has in common.
  llvm::Function* create_native(const FuncType& type, const std::string& name, bool through_instance);
  // The same, for calls within the partition.
  llvm::Function* create_internal(const FuncType& type, const std::string& name);
  llvm::Function* create(llvm::FunctionType* type, const std::string& name);
  // table_<index>: FixedElements of a fixed table. Declared here; one partition defines it.
  llvm::GlobalVariable* fixed_table(TableIndex table);
  // For modules with a convention of their own: where the code of each defined function is, relative to this array.
  llvm::GlobalVariable* own_functions();
  // callout_<type>: calls the function that is its context, through its entry.
  llvm::Function* callout(TypeIndex type);
  // Where to call `function`, an import or an element of a table, with which context.
  llvm::Value* code_of(Builder& builder, llvm::Value* function, TypeIndex type);
  llvm::Value* context_of(Builder& builder, llvm::Value* function) const;
  // import_<index>: calls an import as if it were a function of this module's. Declared here when first asked for;
  // emit_imports() defines those in the same partition.
  llvm::Function* import(FuncIndex function);
  const std::vector<FuncIndex>& imports_in_use() const { return imports_in_use_; }
  // leave_<type>: the callee of tail calls out of the instance. Its context is the instance that is left, and in the
  // place of a caller it takes the function to call.
  llvm::Function* leave(TypeIndex type);
  // Puts context and caller where the convention has them.
  void set_convention(llvm::CallInst& call, bool through_instance) const;

  // --- Reading the runtime's structures ---

  // A member that never changes while code of the instance runs.
  llvm::Value* load_invariant(Builder& builder, llvm::Value* base, uint64_t offset, llvm::Type* type) const;
  // One that calls may change.
  llvm::LoadInst* load_member(Builder& builder, llvm::Value* base, uint64_t offset, llvm::Type* type) const;
  llvm::Value* at_offset(Builder& builder, llvm::Value* base, uint64_t offset) const;
  // Calls the builtin at `offset` of NativeBuiltins with the instance and `arguments`.
  llvm::CallInst* call_builtin(Builder& builder, llvm::Value* context, size_t offset, llvm::Type* result,
                               llvm::ArrayRef<llvm::Value*> arguments) const;
  // The FunctionInstance of an import.
  llvm::Value* imported(Builder& builder, llvm::Value* context, FuncIndex import) const;
  static void return_result(Builder& builder, llvm::CallInst& call);
  void raise_trap(Builder& builder, llvm::Value* context, TrapCode code) const;
  // Whether an exception has left what was just called; nobody looks at its results then (return_nothing).
  llvm::Value* has_thrown(Builder& builder, llvm::Value* context) const;
  static void return_nothing(Builder& builder, const llvm::Function& function);

  // --- Which accesses cannot touch the same memory ---

  void mark_guest_access(llvm::Instruction& access) const { mark(access, guest_tag_); }
  bool is_guest_access(const llvm::Instruction& access) const;
  void mark_global_access(llvm::Instruction& access, GlobalIndex global);
  void mark_slot_access(llvm::Instruction& access) const { mark(access, slot_tag_); }
  void mark_element_access(llvm::Instruction& access) const { mark(access, element_tag_); }
  void mark_runtime_access(llvm::Instruction& access) const { mark(access, runtime_tag_); }
  llvm::MDNode* unlikely() const { return unlikely_; }

 private:
  llvm::Function* stub(const char* name, TypeIndex type);
  llvm::GlobalVariable* create_array(llvm::Type* element, uint64_t size, const std::string& name);
  // The one that guarantees tail calls also lets callees with other parameters take them off the stack, and costs
  // modules that make no tail calls a little at each call.
  llvm::CallingConv::ID convention() const {
    return facts_.has_tail_calls ? llvm::CallingConv::Tail : llvm::CallingConv::C;
  }
  llvm::MDNode* tag(llvm::StringRef name);
  static void mark(llvm::Instruction& access, llvm::MDNode* tag);

  const Module& wasm_;
  const ModuleFacts& facts_;
  CodeOptions options_;
  std::unique_ptr<llvm::Module> code_;
  llvm::MDBuilder metadata_;
  llvm::PointerType* pointer_;
  llvm::AttributeList attributes_;
  llvm::MDNode* tag_root_;
  llvm::MDNode* guest_tag_;
  llvm::MDNode* runtime_tag_;
  llvm::MDNode* slot_tag_;
  llvm::MDNode* element_tag_;
  llvm::MDNode* imported_global_tag_;
  llvm::MDNode* unlikely_;
  std::vector<llvm::MDNode*> global_tags_;
  std::vector<llvm::Function*> functions_;
  std::vector<FuncIndex> imports_in_use_;
  std::vector<llvm::GlobalVariable*> fixed_tables_;
  llvm::GlobalVariable* own_functions_ = nullptr;
};

}  // namespace shallop::aot
