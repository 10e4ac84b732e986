// SPDX-License-Identifier: Apache-2.0
// How addresses are encoded that consist of the context and an index: [r13 + rcx]. As base, r13 cannot do without a
// displacement, which makes the instruction a byte longer and, on AMD's Zen, a load a cycle slower; as index it can.
// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, section 2.1.5, table 2-3, note 1.
#pragma once

namespace llvm {
class Target;
}

namespace shallop::aot {

// Makes r13 the index in such addresses, for all code that `target` makes from then on. Before any is made.
void encode_context_as_index(const llvm::Target& target);

}  // namespace shallop::aot
