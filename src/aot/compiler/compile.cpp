// SPDX-License-Identifier: Apache-2.0
// Functions are cut into partitions of about equal size, by their order; threads take one after the other. So the image
// depends on where the cuts are, and not on who compiled what when.
#include "aot/compiler/compile.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "aot/compiler/function_emitter.hpp"
#include "aot/compiler/object.hpp"
#include "aot/compiler/optimize.hpp"
#include "aot/compiler/stubs.hpp"
#include "aot/compiler/target.hpp"

namespace shallop::aot {
namespace {

// Small enough that two threads end at about the same time and that what LLVM keeps of one partition is bounded; large
// enough that what each costs whatever it holds does not count.
constexpr uint64_t partition_bytes = 32 << 10;

// Defined functions [first, end); none: the stubs.
struct Partition {
  uint32_t first = 0;
  uint32_t end = 0;
  uint64_t size_bytes = 0;
};

std::vector<Partition> cut(const Module& module) {
  std::vector<Partition> partitions;
  for (uint32_t i = 0; i < module.functions.size(); ++i) {
    const uint64_t size = module.functions[i].body.bytes.size();
    if (partitions.empty() || partitions.back().size_bytes + size > partition_bytes) {
      partitions.push_back({.first = i, .end = i});
    }
    partitions.back().end = i + 1;
    partitions.back().size_bytes += size;
  }
  partitions.push_back({});
  return partitions;
}

class Compilation {
 public:
  Compilation(const Module& module, const CompileOptions& options)
      : module_(module),
        options_(options),
        target_(choose_target(options.cpu)),
        needed_(needed_stubs(module)),
        facts_(module),
        partitions_(cut(module)),
        objects_(partitions_.size()) {
    for (const Partition& each : partitions_) total_bytes_ += each.size_bytes;
    initialize_llvm(options_.optimization);
  }

  NativeImage run() {
    std::vector<std::jthread> threads = start_threads();
    work();
    threads.clear();
    if (failure_) std::rethrow_exception(failure_);

    NativeImage image;
    image.target = target_;
    image.optimization = options_.optimization;
    image.guarded_memory = options_.guarded_memory;
    image.functions.resize(module_.functions.size());
    image.function_sizes.resize(module_.functions.size());
    image.entries.resize(module_.types.size(), no_code);
    image.callouts.resize(module_.types.size(), no_code);
    link(objects_, module_.imported_functions, image);
    return image;
  }

 private:
  uint32_t thread_count() const {
    const uint32_t wanted = options_.threads != 0 ? options_.threads : std::thread::hardware_concurrency();
    return static_cast<uint32_t>(std::clamp<size_t>(wanted, 1, partitions_.size()));
  }

  // All but the one that we are on; fewer if the host gives no more.
  std::vector<std::jthread> start_threads() {
    std::vector<std::jthread> threads;
    for (uint32_t i = 1; i < thread_count(); ++i) {
      try {
        threads.emplace_back([this] { work(); });
      } catch (const std::system_error&) {
        break;
      }
    }
    return threads;
  }

  void work() noexcept {
    try {
      const auto machine = create_target_machine(target_, options_.optimization);
      for (size_t i; (i = next_++) < partitions_.size();) {
        compile_partition(partitions_[i], *machine, objects_[i]);
        report(partitions_[i]);
      }
    } catch (...) {
      next_ = partitions_.size();  // the others need not go on
      const std::scoped_lock lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  void compile_partition(const Partition& partition, llvm::TargetMachine& machine, ObjectBytes& object) const {
    llvm::LLVMContext context;
    ModuleEmitter emitter(context, module_, facts_,
                          {.optimization = options_.optimization, .guarded_memory = options_.guarded_memory}, machine);
    // Declared in their order, which is that of their code.
    for (uint32_t i = partition.first; i < partition.end; ++i) emitter.function({module_.imported_functions + i});
    for (uint32_t i = partition.first; i < partition.end; ++i) FunctionEmitter(emitter, i).emit();
    if (partition.first == partition.end) {
      emit_stubs(emitter, needed_);
      emit_fixed_tables(emitter);
      emit_own_functions(emitter);
    }
    emit_imports(emitter);
    optimize(emitter, machine);
    object = generate_code(emitter.code(), machine);
  }

  void report(const Partition& partition) {
    if (!options_.progress) return;
    const std::scoped_lock lock(mutex_);
    done_bytes_ += partition.size_bytes;
    options_.progress(done_bytes_, total_bytes_);
  }

  const Module& module_;
  const CompileOptions& options_;
  const NativeTarget target_;
  const NeededStubs needed_;
  const ModuleFacts facts_;
  const std::vector<Partition> partitions_;
  uint64_t total_bytes_ = 0;
  std::vector<ObjectBytes> objects_;  // by partition
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
  uint64_t done_bytes_ = 0;
};

}  // namespace

NativeImage compile(const ValidatedModule& module, const CompileOptions& options) {
  // LLVM's options are the process's.
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  return Compilation(*module, options).run();
}

}  // namespace shallop::aot
