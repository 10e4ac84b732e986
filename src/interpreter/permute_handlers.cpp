// SPDX-License-Identifier: Apache-2.0
// Permutations of bytes. The x86-64 baseline has no instruction for them and takes some fifty; SSSE3, which nearly
// every processor has, takes a handful. Both are made of the same C++; lowering asks the processor.
#include "interpreter/handlers.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

#ifdef __x86_64__
#define SHALLOP_SSSE3 [[gnu::target("ssse3")]]
bool has_ssse3() { return __builtin_cpu_supports("ssse3") != 0; }
#else
#define SHALLOP_SSSE3
bool has_ssse3() { return false; }
#endif

template <From from_a, From from_b, To to>
[[gnu::always_inline]] inline void swizzle_bytes(const Word* pc, Slot* fp, uint64_t& acc, Vector& facc) {
  const auto a = operand<V128, from_a>(pc, fp, acc, facc, 1);
  const auto indices = operand<V128, from_b>(pc, fp, acc, facc, 2);
  result<to>(numerics::i8x16_swizzle(a, indices), pc, fp, acc, facc);
}

template <From from_a, From from_b, To to>
[[gnu::always_inline]] inline void shuffle_bytes(const Word* pc, Slot* fp, uint64_t& acc, Vector& facc) {
  const auto a = operand<V128, from_a>(pc, fp, acc, facc, 1);
  const auto b = operand<V128, from_b>(pc, fp, acc, facc, 2);
  result<to>(numerics::i8x16_shuffle(a, b, read_slot<V128>(pc + 2)), pc, fp, acc, facc);
}

template <From from_a, From from_b, To to>
SHALLOP_HANDLER Completion swizzle(SHALLOP_HANDLER_PARAMETERS) {
  swizzle_bytes<from_a, from_b, to>(pc, fp, acc, facc);
  SHALLOP_NEXT((words_with<V128, from_b>));
}
template <From from_a, From from_b, To to>
SHALLOP_HANDLER SHALLOP_SSSE3 Completion swizzle_ssse3(SHALLOP_HANDLER_PARAMETERS) {
  swizzle_bytes<from_a, from_b, to>(pc, fp, acc, facc);
  SHALLOP_NEXT((words_with<V128, from_b>));
}

template <From from_a, From from_b, To to>
SHALLOP_HANDLER Completion shuffle(SHALLOP_HANDLER_PARAMETERS) {
  shuffle_bytes<from_a, from_b, to>(pc, fp, acc, facc);
  SHALLOP_NEXT(4);
}
template <From from_a, From from_b, To to>
SHALLOP_HANDLER SHALLOP_SSSE3 Completion shuffle_ssse3(SHALLOP_HANDLER_PARAMETERS) {
  shuffle_bytes<from_a, from_b, to>(pc, fp, acc, facc);
  SHALLOP_NEXT(4);
}

template <From from_a, From from_b, To to>
Handler swizzle_form() {
  return has_ssse3() ? swizzle_ssse3<from_a, from_b, to> : swizzle<from_a, from_b, to>;
}
template <To to>
Handler swizzle_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return swizzle_form<slot, slot, to>();
  if (a == slot && b == acc) return swizzle_form<slot, acc, to>();
  if (a == slot && b == imm) return swizzle_form<slot, imm, to>();
  if (a == acc && b == slot) return swizzle_form<acc, slot, to>();
  if (a == acc && b == imm) return swizzle_form<acc, imm, to>();
  if (a == acc && b == acc) return swizzle_form<acc, acc, to>();
  return nullptr;
}

template <From from_a, From from_b, To to>
Handler shuffle_form() {
  return has_ssse3() ? shuffle_ssse3<from_a, from_b, to> : shuffle<from_a, from_b, to>;
}
template <To to>
Handler shuffle_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return shuffle_form<slot, slot, to>();
  if (a == slot && b == acc) return shuffle_form<slot, acc, to>();
  if (a == acc && b == slot) return shuffle_form<acc, slot, to>();
  if (a == acc && b == acc) return shuffle_form<acc, acc, to>();
  return nullptr;
}

}  // namespace

Handler swizzle_handler(From a, From b, To to) {
  return to == To::acc ? swizzle_form<To::acc>(a, b) : swizzle_form<To::slot>(a, b);
}
Handler shuffle_handler(From a, From b, To to) {
  return to == To::acc ? shuffle_form<To::acc>(a, b) : shuffle_form<To::slot>(a, b);
}

}  // namespace shallop::interpreter
