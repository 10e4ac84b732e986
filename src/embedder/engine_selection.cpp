// SPDX-License-Identifier: Apache-2.0
#include "embedder/engine_selection.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "aot/cache.hpp"
#include "aot/compiler_process.hpp"
#include "aot/engine.hpp"
#include "aot/native_section.hpp"
#include "aot/native_store.hpp"
#include "aot/perf_map.hpp"
#include "embedder/background_compilation.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/event_log.hpp"
#include "interpreter/engine.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

class Selection {
 public:
  Selection(const std::string& file, std::shared_ptr<const ValidatedModule> module, const EngineOptions& options)
      : file_(file), module_(std::move(module)), options_(options) {}

  SelectedEngine select() {
    if (options_.choice == EngineChoice::interpreter) return interpreter("as --engine says");
    if (auto engine = from_file()) return *engine;
    if (!options_.native_store.empty()) return from_store();
    open_cache();
    if (auto engine = from_cache()) return *engine;
    const auto compiler = aot::find_compiler();
    if (!compiler) return interpreter("there is no shallop-compiler beside this program");
    if (options_.choice == EngineChoice::native || options_.require_native) return compiled_now(*compiler);
    return compiled_meanwhile(*compiler, std::nullopt);
  }

 private:
  void notice(std::string_view sentence) const {
    EventLog(options_.log, file_, options_.verbose).tell(LogLevel::information, "engine", printable(sentence));
  }

  // The file's own code was refused: say so once it is known what is done instead.
  void tell_refusal(std::string_view instead) {
    if (!refusal_.empty()) notice(fmt::format("{}; {}", refusal_, instead));
    refusal_.clear();
  }

  SelectedEngine interpreter(std::string_view reason) {
    if (options_.require_native) {
      throw Error(fmt::format("--require-native: it would be interpreted: {}{}", reason,
                              refusal_.empty() ? "" : fmt::format("; {}", refusal_)));
    }
    tell_refusal("it is interpreted");
    return {.code = interpreter::prepare(module_),
            .description = fmt::format("interpreter: {}", reason),
            .compilation = {}};
  }

  SelectedEngine native(const aot::NativeSection& section, std::string_view origin) const {
    auto code = aot::prepare(module_, section.image, options_.require_native ? nullptr : interpreter::prepare);
    if (options_.perf_map) {
      if (const auto written = aot::write_perf_map(*code); !written) notice(written.error());
    }
    return {.code = std::move(code),
            .description = fmt::format("native code {}", origin),
            .is_native = true,
            .compilation = {}};
  }

  std::optional<SelectedEngine> from_file() {
    const CustomSection* found = aot::find_native_section(**module_);
    if (found == nullptr) return std::nullopt;
    if (!options_.allow_native) {
      refusal_ = "its native code is not trusted, as it may come from anywhere (--allow-native runs it)";
      return std::nullopt;
    }
    try {
      const aot::NativeSection section = aot::read_native_section(found->bytes);
      check_fits(section, **module_);
      return native(section, "of the file");
    } catch (const Error& error) {
      refusal_ = fmt::format("its native code is not used: {}", error.what());
      return std::nullopt;
    }
  }

  // The host compiles; there is no cache besides, which in a container would be a part of its own layer.
  SelectedEngine from_store() {
    auto store = aot::NativeStore::open(options_.native_store);
    if (!store) {
      notice(store.error());
      return interpreter(store.error());
    }
    key_ = aot::cache_key(**module_, optimization);
    auto contents = store->load(key_);
    if (options_.choice == EngineChoice::native || options_.require_native) contents = await(*store);
    if (auto failure = contents ? std::nullopt : store->failure()) {
      return not_compiled(fmt::format("the host could not compile it: {}", *failure));
    }
    if (!contents && options_.require_native) return interpreter("the host's store has no native code for it");
    if (!contents) return compiled_meanwhile({}, *std::move(store));
    try {
      const aot::NativeSection section = aot::read_native_section(*contents);
      check_fits(section, **module_);
      SelectedEngine engine = native(section, "of the host's store");
      tell_refusal("the code of the host's store runs");
      return engine;
    } catch (const Error& error) {
      return not_compiled(error.what());
    }
  }

  std::optional<std::vector<std::byte>> await(const aot::NativeStore& store) const {
    const auto give_up = std::chrono::steady_clock::now() + store_patience;
    auto contents = store.load(key_);
    while (!contents && !store.failure() && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(store_interval);
      contents = store.load(key_);
    }
    if (!contents && !store.failure()) notice("the host has compiled no native code for it in a minute");
    return contents;
  }

  void open_cache() {
    auto cache = aot::Cache::open();
    if (cache) {
      cache_ = *std::move(cache);
    } else if (!cache.error().is_expected || options_.verbose) {
      notice(cache.error().sentence);
    }
    if (cache_) key_ = aot::cache_key(**module_, optimization);
  }

  std::optional<SelectedEngine> from_cache() {
    if (!cache_) return std::nullopt;
    const auto found = cache_->load(key_);
    if (!found) return std::nullopt;
    if (found->was_damaged) {
      notice("its entry in the cache for native code was not signed by you or damaged, and is deleted");
      return std::nullopt;
    }
    try {
      const aot::NativeSection section = aot::read_native_section(found->contents);
      check_fits(section, **module_);
      SelectedEngine engine = native(section, "of the cache");
      tell_refusal("the code in the cache runs");
      return engine;
    } catch (const Error& error) {
      notice(fmt::format("its entry in the cache for native code is not used: {}", error.what()));
      return std::nullopt;
    }
  }

  SelectedEngine compiled_now(const std::string& compiler) {
    tell_refusal("it is compiled anew");
    const auto start = std::chrono::steady_clock::now();
    auto process = aot::CompilerProcess::start(compiler, *(*module_)->bytes, {.optimization = optimization});
    const auto contents = process ? process->wait() : std::unexpected(process.error());
    if (!contents) return not_compiled(contents.error());
    try {
      const aot::NativeSection section = aot::read_native_section(*contents);
      check_fits(section, **module_);
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
      SelectedEngine engine = native(section, fmt::format("compiled in {:.1f} s", taken.count()));
      keep(*contents);
      return engine;
    } catch (const Error& error) {
      return not_compiled(error.what());
    }
  }

  SelectedEngine not_compiled(const std::string& reason) {
    if (!options_.require_native) notice(fmt::format("no native code, it is interpreted: {}", reason));
    return interpreter(reason);
  }

  void keep(std::span<const std::byte> contents) const {
    if (!cache_) return;
    if (const auto stored = cache_->store(key_, contents); !stored) notice(stored.error());
  }

  SelectedEngine compiled_meanwhile(const std::string& compiler, std::optional<aot::NativeStore> store) {
    SelectedEngine engine{.code = interpreter::prepare(module_),
                          .description = "interpreter, while native code is compiled",
                          .compilation = {}};
    try {
      engine.compilation = std::make_shared<BackgroundCompilation>(CompilationTask{.file = file_,
                                                                                   .compiler = compiler,
                                                                                   .module = module_,
                                                                                   .interpreted = engine.code,
                                                                                   .cache = std::move(cache_),
                                                                                   .store = std::move(store),
                                                                                   .perf_map = options_.perf_map,
                                                                                   .verbose = options_.verbose,
                                                                                   .log = options_.log});
    } catch (const std::system_error& error) {
      return interpreter(fmt::format("there can be no thread that waits for a compiler: {}", error.code().message()));
    }
    tell_refusal("it is interpreted and compiled meanwhile");
    return engine;
  }

  static constexpr uint8_t optimization = 3;
  static constexpr std::chrono::milliseconds store_interval{20};
  static constexpr std::chrono::seconds store_patience{60};

  const std::string& file_;
  std::shared_ptr<const ValidatedModule> module_;
  EngineOptions options_;
  std::optional<aot::Cache> cache_;
  Digest key_{};
  std::string refusal_;
};

}  // namespace

SelectedEngine select_engine(const std::string& file, std::shared_ptr<const ValidatedModule> module,
                             const EngineOptions& options) {
  return Selection(file, std::move(module), options).select();
}

}  // namespace shallop
