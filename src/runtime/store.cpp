// SPDX-License-Identifier: Apache-2.0
#include "runtime/store.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

constexpr size_t page_size = limits::page_size_bytes;  // a multiple of every host's page
constexpr size_t guard_bytes = page_size;

size_t usable_bytes(const StoreOptions& options) {
  return (options.stack_size_bytes + page_size - 1) / page_size * page_size;
}
size_t mapping_bytes(const StoreOptions& options) { return usable_bytes(options) + 2 * guard_bytes; }

}  // namespace

Store::Store(const StoreOptions& options)
    : options_(options),
      memory_pages_(std::make_shared<Budget>(options.memory.maximum_pages)),
      table_elements_(limits::table_elements_of_store) {
  const size_t size = mapping_bytes(options);
  void* mapping = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) {
    throw ResourceError(fmt::format("no room for a stack of {} KiB: {}", size >> 10, std::strerror(errno)));
  }
  std::byte* first = static_cast<std::byte*>(mapping) + guard_bytes;
  if (mprotect(first, size - 2 * guard_bytes, PROT_READ | PROT_WRITE) != 0) {
    const int error = errno;
    munmap(mapping, size);
    throw ResourceError(fmt::format("no room for a stack of {} KiB: {}", size >> 10, std::strerror(error)));
  }
  stack_ = reinterpret_cast<Slot*>(first);
  stack_top = stack_;
  stack_end = reinterpret_cast<Slot*>(first + usable_bytes(options));
}

Store::~Store() { munmap(reinterpret_cast<std::byte*>(stack_) - guard_bytes, mapping_bytes(options_)); }

FunctionInstance& Store::add_function(const FunctionInstance& function) { return functions_.emplace_back(function); }

FunctionInstance& Store::add_host_function(const FuncType& type, EntryPoint entry, void* host, const void* host_code) {
  FunctionInstance function;
  function.entry = entry;
  function.type = canonical(type);
  function.host = host;
  function.host_code = host_code;
  return add_function(function);
}

Memory& Store::add_memory(const MemoryType& type) {
  return *memories_.emplace_back(Memory::create(type, options_.memory, memory_pages_));
}

Memory& Store::add_shared_memory(std::shared_ptr<Memory> memory) {
  assert(memory->is_shared());
  return *memories_.emplace_back(std::move(memory));
}

Table& Store::add_table(const TableType& type) {
  return *tables_.emplace_back(std::make_unique<Table>(type, table_elements_));
}

GlobalInstance& Store::add_global(const GlobalType& type, const Value& value) {
  GlobalInstance& global = globals_.emplace_back();
  global.type = type;
  std::copy(value.bits.begin(), value.bits.end(), global.value);
  return global;
}

TagInstance& Store::add_tag(const TagInstance& tag) { return tags_.emplace_back(tag); }

Instance& Store::add_instance(std::shared_ptr<const ValidatedModule> module) {
  Instance& instance = *instances_.emplace_back(std::make_unique<Instance>());
  instance.store = this;
  instance.module = std::move(module);
  return instance;
}

Completion Store::pass_on(Outcome outcome) {
  if (const auto* exited = std::get_if<Exit>(&outcome)) return exit(exited->code);
  if (const auto* uncaught = std::get_if<UncaughtException>(&outcome)) return rethrow(*uncaught->exception);
  auto* const trapped = std::get_if<Trap>(&outcome);
  if (trapped == nullptr) return Completion::returned;
  ending.trap = std::move(*trapped);
  return Completion::trapped;
}

NativeStack& Store::native_stack() {
  if (!native_stack_) native_stack_.emplace(options_.stack_size_bytes);
  return *native_stack_;
}

bool Store::is_guest_memory(const void* address) const {
  return std::ranges::any_of(memories_, [address](const auto& each) { return each->contains(address); });
}

Completion Store::throw_exception(const TagInstance& tag, const Slot* values) {
  const std::span<const Slot> carried(values, slots_of_all(tag.type->parameters));
  if (exceptions_.is_due()) collect_exceptions(carried.data() + carried.size());
  ExceptionInstance* const exception = exceptions_.add(tag, carried);
  return exception == nullptr ? trap(TrapCode::too_many_exceptions) : rethrow(*exception);
}

void Store::collect_exceptions(const Slot* stack_in_use_end) {
  std::vector<Slot> native;
  if (native_stack_) {
    // What native code has in registers that functions preserve is on the stack then, too.
    __builtin_unwind_init();
    native = native_stack_->copy_in_use();
  }
  ExceptionMemory::Roots roots = exception_roots(stack_in_use_end);
  roots.emplace_back(native);
  exceptions_.collect(roots);
}

ExceptionMemory::Roots Store::exception_roots(const Slot* stack_in_use_end) const {
  ExceptionMemory::Roots roots{{static_cast<const Slot*>(stack_), stack_in_use_end}};
  for (const GlobalInstance& each : globals_) {
    if (each.type.type == ValueType::exnref) roots.push_back({each.value, 1});
  }
  for (const auto& each : tables_) {
    if (each->type().element == ValueType::exnref) roots.push_back({each->elements(), each->size()});
  }
  for (const auto& each : instances_) {
    for (size_t i = 0; i < each->element_segments.size(); ++i) {
      if ((*each->module)->elements[i].type == ValueType::exnref) roots.push_back(each->element_segments[i]);
    }
  }
  return roots;
}

namespace {

Results take_results(const Slot* values, const std::vector<ValueType>& types) {
  Results results;
  results.reserve(types.size());
  for (ValueType type : types) {
    Value& value = results.emplace_back(Value{.type = type});
    const bool is_narrow = type == ValueType::i32 || type == ValueType::f32;
    value.bits[0] = is_narrow ? static_cast<uint32_t>(values[0]) : values[0];
    if (slots_of(type) == 2) value.bits[1] = values[1];
    values += slots_of(type);
  }
  return results;
}

}  // namespace

Outcome invoke(Store& store, FunctionInstance& function, std::span<const Value> arguments) {
  const FuncType& type = *function.type;
  assert(std::ranges::equal(arguments, type.parameters, {}, &Value::type));
  Slot* const values = store.stack_top;
  Slot* const behind = values + std::max(slots_of_all(type.parameters), slots_of_all(type.results));
  if (behind > store.stack_end) return Trap{.code = TrapCode::call_stack_exhausted, .backtrace = {}};

  Slot* next = values;
  for (const Value& argument : arguments) {
    next = std::copy_n(argument.bits.begin(), slots_of(argument.type), next);
  }
  store.stack_top = behind;
  const Completion completion = function.entry(function, nullptr, values);
  store.stack_top = values;

  switch (completion) {
    case Completion::returned: return take_results(values, type.results);
    case Completion::trapped: return std::exchange(store.ending.trap, {});
    case Completion::exited: return Exit{.code = store.ending.exit_code};
    case Completion::threw: return UncaughtException{.exception = store.ending.exception};
  }
  std::unreachable();
}

}  // namespace shallop
