// SPDX-License-Identifier: Apache-2.0
// Builds the slot code of one function: the words, the operand stack as it will be at run time, and what the
// accumulators hold. Operands are lazy: a local.get or a constant emits nothing until it is used, and a result stays in
// its accumulator unless somebody needs it later; then its producer is patched to store it as well.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "interpreter/handlers.hpp"
#include "wasm/types.hpp"
#include "wasm/value.hpp"

namespace shallop::interpreter {

// A value on the operand stack.
struct Operand {
  enum class Kind : uint8_t { local, temporary, constant };
  Kind kind;
  ValueType type;
  uint32_t slot = 0;       // where it is (not for a constant): the local's slot, or own_slot
  uint32_t own_slot = 0;   // its place by stack height
  uint64_t bits = 0;       // constant
  uint64_t more_bits = 0;  // the upper half of a v128
};

constexpr Accumulator accumulator_of(ValueType type) {
  if (type == ValueType::v128) return Accumulator::vector;
  return is_float(type) ? Accumulator::floating : Accumulator::integer;
}

// The forms of an instruction that has a result; not all have one that returns it to the caller.
struct ResultForms {
  Handler acc;
  Handler slot;
  Handler caller = nullptr;
};

// The words of an instruction behind its payload: at most three.
struct MoreWords {
  MoreWords() = default;
  MoreWords(Word first) : words{first}, count(1) {}
  MoreWords(Word first, Word second) : words{first, second}, count(2) {}
  MoreWords(Word first, Word second, Word third) : words{first, second, third}, count(3) {}
  Word words[3] = {};
  unsigned count = 0;
};

// A constant as words of an instruction.
inline MoreWords words_of(const Operand& constant) {
  return constant.type == ValueType::v128 ? MoreWords(constant.bits, constant.more_bits) : MoreWords(constant.bits);
}

class FunctionBuilder {
 public:
  // --- Operand stack ---

  // The operand area begins at this slot; called once, before anything is pushed.
  void set_operand_base(uint32_t slot);
  void push_local(ValueType type, uint32_t slot);
  void push_constant(ValueType type, uint64_t bits, uint64_t more_bits = 0);
  // A value that is in its own slot already (a block's result, a parameter of one).
  void push_stored(ValueType type);
  Operand pop();
  // The operand with `above` others on top of it.
  const Operand& top(size_t above = 0) const { return operands_[operands_.size() - 1 - above]; }
  size_t height() const { return operands_.size(); }
  // Forgets all operands above `height`; nothing is emitted.
  void truncate(size_t height);
  // Own slot that the next operand will get.
  uint32_t next_slot() const { return next_slot_; }
  uint32_t own_slot(size_t index) const { return operands_[index].own_slot; }
  // The largest slot number that was ever in use, plus one.
  uint32_t frame_slots() const { return frame_slots_; }
  void reserve_slots(uint32_t end);

  // --- Where operands are ---

  From source(const Operand& operand) const;
  // The same without immediates: a constant is stored first.
  From register_source(const Operand& operand);
  // A slot that holds the operand, stored now if it is not yet.
  uint32_t place(const Operand& operand);

  // Makes all operands independent of locals and accumulators; the topmost `forced` ones also leave constants behind.
  // Afterwards a branch may arrive from elsewhere with the same stack.
  void settle(size_t forced);
  // The same for the topmost `count` operands only, constants included: they become a callee's parameters.
  void settle_top(size_t count);
  // Makes the accumulators free to be overwritten.
  void flush();
  // Nothing is known about the accumulators (a label is here, or a call was made).
  void forget_accumulators();

  // --- Emission ---

  size_t position() const { return words_.size(); }
  // An instruction without result: handler, payload, further words. Returns its position.
  size_t emit(Handler handler, Word payload, MoreWords more = {});
  // An instruction whose result is pushed; field 0 of the payload is filled in.
  size_t emit_result(ValueType type, ResultForms forms, Word payload, MoreWords more = {});
  // Takes back the copies that were emitted last, if they are at most `most`: their number and fields, for the
  // instruction that makes them now.
  std::pair<unsigned, Word> take_copies(unsigned most);
  // The results of the call at `call`, which was emitted last, are in their own slots; a single one is in its
  // accumulator as well, unless it is a v128, and can still be redirected.
  void push_call_results(std::span<const ValueType> results, size_t call);
  void append_word(Word word) { words_.push_back(word); }
  void set_upper_half(size_t instruction, uint32_t value);
  void set_table_entry(size_t instruction, uint32_t index, uint32_t value);

  // local.set: pops into the local at `slot`. Where operands needed copies of what the local was, they stand before the
  // instruction that was emitted last: returns where that stood.
  std::optional<size_t> set_local(uint32_t slot);

  // Lets the instruction that was emitted last return its result to the caller, if it made `value` and has such a form.
  bool return_last(const Operand& value);

  // Copies the topmost `count` operands to consecutive slots from `target` on, without changing what is known about
  // them: for a path that leaves. Returns whether anything was or (with `emit` false) would be emitted.
  bool move_operands(size_t count, uint32_t target, bool emit_moves = true);

  // --- Computations that may become part of the instruction that consumes their result ---

  // A plain instruction with its operands; of a load, `a` is the address, or, of an indexed one, `a` + `b`. Of a
  // global.get, `offset` is the global.
  struct Computation {
    Opcode opcode;
    Operand a;
    Operand b{};
    uint32_t offset = 0;
    bool indexed = false;
  };
  // As emit_result; remembered until something else is emitted.
  void emit_computation(const Computation& computation, ValueType type, ResultForms forms, Word payload,
                        MoreWords more = {});
  // The computation that made `operand` (popped, or on top) if it was emitted last and nobody else has a part in its
  // result.
  const Computation* absorbable(const Operand& operand) const;
  // The computation that was emitted last, if it wrote the local that `operand` is and the accumulator still has the
  // value.
  const Computation* absorbable_update(const Operand& operand) const;
  // Where `operand` will be when the last computation has been taken back.
  From source_before(const Operand& operand) const;
  // Takes the last computation back, and the need for stores that it caused.
  void absorb();
  // What the last computation left on top is an i64 now; nobody can absorb it any more.
  void widen_last();
  // The accumulator now holds the local at `slot`, written by an instruction that was not emitted by emit_result.
  void note_update(ValueType type, uint32_t slot);
  void note_overwritten(ValueType type);

  // An operation whose result became a global's value, for the return that may follow.
  struct BeforeReturn {
    size_t position = SIZE_MAX;
    size_t end = SIZE_MAX;
    Opcode opcode{};
    From a{};
  };
  void note_before_return(size_t position, Opcode opcode, From a) {
    before_return_ = {.position = position, .end = words_.size(), .opcode = opcode, .a = a};
  }
  // Null unless it was emitted last.
  const BeforeReturn* before_return() const { return before_return_.end == words_.size() ? &before_return_ : nullptr; }

  std::vector<Word> take_words() { return std::move(words_); }
  Word& word(size_t position) { return words_[position]; }

 private:
  // Each write to a local looks through so many at most.
  static constexpr size_t lazy_operands_max = 1'024;

  // What an accumulator holds: the value of `slot`, which need not be in that slot yet.
  struct Held {
    static constexpr uint32_t nothing = UINT32_MAX;
    uint32_t slot = nothing;
    bool stored = true;
    size_t producer = 0;  // of a value that is not stored, or can be redirected
    size_t end = 0;       // of the producer; 0: none
    ResultForms forms{};
  };

  // A v128 and a float share an accumulator.
  static size_t held_index(ValueType type) { return accumulator_of(type) == Accumulator::integer ? 0 : 1; }
  Held& held(ValueType type) { return held_[held_index(type)]; }
  const Held& held(ValueType type) const { return held_[held_index(type)]; }
  bool holds(const Operand& operand) const;
  void store(Held& held);
  void flush(Held& held);
  void push(Operand operand);
  // Slot `slot` is being written by something else than an accumulator's producer.
  void note_write(uint32_t slot);
  // Whether an operand is still to be read from the local at `slot`.
  bool is_pending(uint32_t slot) const;
  // Copies it for those operands, behind what was emitted last or before the instruction that made `result` as the
  // last.
  void release_local(uint32_t slot);
  void release_local_before_last(Held& result, uint32_t slot);
  // Emits the copy of `operand` to `target`; does not note the write.
  void emit_move(const Operand& operand, uint32_t target);
  // Settles operands from `first` on, constants from `first_forced` on.
  void settle_from(size_t first, size_t first_forced);
  void emit_copy(ValueType type, uint32_t target, uint32_t source);
  void emit_constant(const Operand& constant, uint32_t target);

  std::vector<Word> words_;
  std::vector<Operand> operands_;
  size_t settled_ = 0;  // operands below are temporaries in their slots, or constants
  uint32_t next_slot_ = 0;
  uint32_t frame_slots_ = 0;
  Held held_[2];

  struct Emitted {
    static constexpr size_t none = SIZE_MAX;
    size_t position = none;
    size_t end = none;
    Computation computation{};
    Held held_before[2];
  };
  bool is_last(const Emitted& emitted) const {
    return emitted.position != Emitted::none && emitted.end == words_.size();
  }
  Emitted recent_[2];  // the last one, and the one before: a comparison may be absorbed, then what it compares

  BeforeReturn before_return_;

  // The copies at the end of the words, if a further one may join them.
  struct Copies {
    size_t position = SIZE_MAX;
    size_t end = SIZE_MAX;
    unsigned count = 0;
  } copies_at_end_;
};

}  // namespace shallop::interpreter
