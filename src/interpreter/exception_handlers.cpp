// SPDX-License-Identifier: Apache-2.0
// Throwing, and the search for who catches. Nothing is done where a try_table begins or ends: its clauses are in a
// table of the function, which is looked at when an exception passes. Frames are found by their return points.
#include <algorithm>

#include "interpreter/code.hpp"
#include "interpreter/handlers.hpp"

namespace shallop::interpreter {
namespace {

// Where execution goes on; pc is null if nobody in this loop catches.
struct Landing {
  const Word* pc = nullptr;
  ReturnPoint* control = nullptr;
  Slot* fp = nullptr;
};

bool takes(const CatchHandler& handler, const Instance& instance, const ExceptionInstance& exception) {
  return handler.tag == CatchHandler::all_tags || instance.tags[handler.tag] == exception.tag;
}

const CatchHandler* find_handler(const FunctionCode& function, const Word* pc, const Instance& instance,
                                 const ExceptionInstance& exception) {
  const auto word = static_cast<uint32_t>(pc - function.words.data());
  for (const CatchHandler& each : function.catch_handlers) {
    if (word >= each.first_word && word < each.end_word && takes(each, instance, exception)) return &each;
  }
  return nullptr;
}

// The exception left from the instruction at `pc` of the frame at `fp`.
[[gnu::noinline]] Landing land(const Instance& instance, const Word* pc, ReturnPoint* control, Slot* fp) {
  const auto& code = static_cast<const ModuleCode&>(*instance.code);
  ExceptionInstance& exception = *instance.store->ending.exception;
  for (; fp != nullptr; ++control) {
    const FunctionCode& function = code.function_at(pc);
    if (const CatchHandler* handler = find_handler(function, pc, instance, exception)) {
      Slot* next = fp + handler->slot;
      if (handler->tag != CatchHandler::all_tags) next = std::ranges::copy(exception.values, next).out;
      if (handler->with_reference) *next = to_slot(&exception);
      return {.pc = function.words.data() + handler->target, .control = control, .fp = fp};
    }
    pc = control->pc - 1;  // within the call instruction
    fp = control->fp;
  }
  return {};
}

SHALLOP_HANDLER Completion throw_new(SHALLOP_HANDLER_PARAMETERS) {
  acc = static_cast<uint64_t>(instance->store->throw_exception(*instance->tags[pc[2]], fp + field(pc, 1)));
  SHALLOP_GO(passed_on);
}

SHALLOP_HANDLER Completion throw_ref(SHALLOP_HANDLER_PARAMETERS) {
  ExceptionInstance* const exception = to_exception(fp[field(pc, 1)]);
  SHALLOP_TRAP_IF(exception == nullptr, TrapCode::null_exception_reference);
  acc = static_cast<uint64_t>(instance->store->rethrow(*exception));
  SHALLOP_GO(passed_on);
}

}  // namespace

SHALLOP_HANDLER Completion unwind(SHALLOP_HANDLER_PARAMETERS) {
  const Landing landing = land(*instance, pc, control, fp);
  if (landing.pc == nullptr) return Completion::threw;
  pc = landing.pc;
  control = landing.control;
  fp = landing.fp;
  SHALLOP_DISPATCH();
}

Handler throw_handler() { return throw_new; }
Handler throw_ref_handler() { return throw_ref; }

}  // namespace shallop::interpreter
