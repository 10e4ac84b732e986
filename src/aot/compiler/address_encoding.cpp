// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/address_encoding.hpp"

#include <llvm/MC/MCCodeEmitter.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/TargetRegistry.h>

#include <memory>
#include <vector>

namespace shallop::aot {
namespace {

// LLVM's target as it was before.
const llvm::Target* original = nullptr;

// The parts of an address among an instruction's operands.
enum : unsigned { base, scale, index, displacement, segment, address_parts };

class ContextAsIndex final : public llvm::MCCodeEmitter {
 public:
  ContextAsIndex(const llvm::MCInstrInfo& instructions, llvm::MCContext& context)
      : instructions_(instructions), encoder_(original->createMCCodeEmitter(instructions, context)) {
    const llvm::MCRegisterInfo& registers = *context.getRegisterInfo();
    may_be_base_.resize(registers.getNumRegs());
    for (unsigned i = 1; i < registers.getNumRegs(); ++i) {
      const llvm::StringRef name = registers.getName(i);
      if (name == "R13") context_ = i;
      may_be_base_[i] = name == "RAX" || name == "RBX" || name == "RCX" || name == "RDX" || name == "RSI" ||
                        name == "RDI" || name == "R8" || name == "R9" || name == "R10" || name == "R11" ||
                        name == "R12" || name == "R14" || name == "R15";
    }
  }

  void reset() override { encoder_->reset(); }

  void encodeInstruction(const llvm::MCInst& instruction, llvm::SmallVectorImpl<char>& code,
                         llvm::SmallVectorImpl<llvm::MCFixup>& fixups,
                         const llvm::MCSubtargetInfo& processor) const override {
    const unsigned address = find(instruction);
    if (address == instruction.getNumOperands()) {
      return encoder_->encodeInstruction(instruction, code, fixups, processor);
    }
    llvm::MCInst swapped = instruction;
    std::swap(swapped.getOperand(address + base), swapped.getOperand(address + index));
    encoder_->encodeInstruction(swapped, code, fixups, processor);
  }

 private:
  // The operand with which such an address begins, or their number.
  unsigned find(const llvm::MCInst& instruction) const {
    const llvm::ArrayRef<llvm::MCOperandInfo> operands = instructions_.get(instruction.getOpcode()).operands();
    const unsigned count = std::min(static_cast<unsigned>(operands.size()), instruction.getNumOperands());
    for (unsigned i = 0; i + address_parts <= count; ++i) {
      if (operands[i].OperandType == llvm::MCOI::OPERAND_MEMORY && is_swappable(instruction, i)) return i;
    }
    return instruction.getNumOperands();
  }

  bool is_swappable(const llvm::MCInst& instruction, unsigned address) const {
    const auto part = [&](unsigned which) { return instruction.getOperand(address + which); };
    return part(base).isReg() && part(base).getReg() == context_ && part(scale).isImm() && part(scale).getImm() == 1 &&
           part(index).isReg() && may_be_base_[part(index).getReg()] && part(displacement).isImm() &&
           part(displacement).getImm() == 0;
  }

  const llvm::MCInstrInfo& instructions_;
  const std::unique_ptr<llvm::MCCodeEmitter> encoder_;
  std::vector<bool> may_be_base_;  // by register
  unsigned context_ = 0;
};

llvm::MCCodeEmitter* create(const llvm::MCInstrInfo& instructions, llvm::MCContext& context) {
  return new ContextAsIndex(instructions, context);
}

}  // namespace

void encode_context_as_index(const llvm::Target& target) {
  static const llvm::Target before = target;
  original = &before;
  // The registry gives its targets out as constants and takes them back as variables.
  llvm::TargetRegistry::RegisterMCCodeEmitter(const_cast<llvm::Target&>(target), create);
}

}  // namespace shallop::aot
