// SPDX-License-Identifier: Apache-2.0
// Whatever validates runs: it returns, traps or exits, within its limits, and leaves a store that takes the next call.
// The guest has WASI over nothing: no files, a closed network, streams that lead nowhere, clocks and randomness that
// are the same each time. What it imports otherwise is there and does nothing. Arguments are taken from the input's
// end; its size decides how memory is guarded.
#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"
#include "runtime/interruption.hpp"
#include "runtime/linker.hpp"
#include "wasi/context.hpp"
#include "wasi/link.hpp"
#include "wasm/error.hpp"

using namespace shallop;

namespace {

// Of a whole input. Long enough for what comes to an end, also under the sanitizers.
constexpr auto time_limit = std::chrono::milliseconds(30);
constexpr size_t calls_max = 16;

wasi::Timestamp read_clock(wasi::Clockid) noexcept { return 1'000'000'000; }

wasi::Errno fill_random(std::span<std::byte> bytes) noexcept {
  std::ranges::fill(bytes, std::byte{42});
  return wasi::Errno::success;
}

wasi::ContextOptions nothing() {
  static const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  wasi::ContextOptions options;
  options.arguments = {"guest", "argument"};
  options.environment = {"NAME=value"};
  options.standard_streams = {null, null, null};
  options.read_clock = read_clock;
  options.fill_random = fill_random;
  return options;
}

// Bytes from the input's end backwards, again and again.
class Arguments {
 public:
  explicit Arguments(std::span<const uint8_t> input) : input_(input) {}
  Value next(ValueType type) {
    Value value{.type = type};
    if (is_reference(type)) return value;
    const bool is_narrow = type == ValueType::i32 || type == ValueType::f32;
    value.bits[0] = is_narrow ? static_cast<uint32_t>(bits()) : bits();
    if (type == ValueType::v128) value.bits[1] = bits();
    return value;
  }

 private:
  uint64_t bits() {
    uint64_t bits = 0;
    for (int i = 0; i < 8; ++i) {
      position_ = position_ == 0 ? input_.size() - 1 : position_ - 1;
      bits = bits << 8 | input_[position_];
    }
    return bits;
  }
  std::span<const uint8_t> input_;
  size_t position_ = 0;
};

Completion return_zeros(FunctionInstance& callee, Instance*, Slot* values) noexcept {
  for (const ValueType type : callee.type->results) values = std::fill_n(values, slots_of(type), 0);
  return Completion::returned;
}

Extern stand_in(Store& store, const Import& import, const Module& module) {
  switch (import.kind()) {
    case ExternKind::table: return &store.add_table(std::get<TableType>(import.description));
    case ExternKind::memory: return &store.add_memory(std::get<MemoryType>(import.description));
    case ExternKind::global: {
      const auto& type = std::get<GlobalType>(import.description);
      return &store.add_global(type, Value{.type = type.type});
    }
    case ExternKind::tag: {
      const FuncType& type = module.types[std::get<TagType>(import.description).type.value];
      return &store.add_tag({.type = canonical(type), .instance = nullptr, .index = {}});
    }
    case ExternKind::function: break;
  }
  return &store.add_host_function(module.types[std::get<TypeIndex>(import.description).value], return_zeros, nullptr);
}

void call_exports(Store& store, const Instance& instance, std::span<const uint8_t> input) {
  Arguments arguments(input);
  size_t calls = 0;
  for (const Export& each : (**instance.module).exports) {
    if (each.kind != ExternKind::function || ++calls > calls_max) continue;
    FunctionInstance& function = *std::get<FunctionInstance*>(instance.export_of(each));
    std::vector<Value> values;
    for (const ValueType type : function.type->parameters) values.push_back(arguments.next(type));
    static_cast<void>(invoke(store, function, values));
    if (store.nesting != 0) std::abort();
  }
}

void run(const std::shared_ptr<const ValidatedModule>& module, std::span<const uint8_t> input) {
  wasi::Context context(nothing());
  Store store({.memory = {.maximum_pages = 64, .reserve = input.size() % 2 == 0}, .stack_size_bytes = 256 << 10});
  Linker linker;
  wasi::link(linker, store, context);
  for (const Import& import : (**module).imports) {
    if (import.module != "wasi_snapshot_preview1") {
      linker.define(import.module, import.name, stand_in(store, import, **module));
    }
  }
  const Interrupter interrupter(time_limit);
  const Instantiation instantiation = instantiate(store, module, interpreter::prepare(module), linker);
  if (std::holds_alternative<Results>(instantiation.outcome)) call_exports(store, instantiation.instance, input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  try {
    run(validate(decode({bytes, bytes + size})), {data, size});
  } catch (const Error&) {
    // Refused: fuzz_decode and fuzz_validate look at how.
  }
  return 0;
}
