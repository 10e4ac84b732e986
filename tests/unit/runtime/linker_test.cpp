// SPDX-License-Identifier: Apache-2.0
#include "runtime/linker.hpp"

#include <gtest/gtest.h>

#include "runtime/store.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

Completion do_nothing(FunctionInstance&, Instance*, Slot*) noexcept { return Completion::returned; }

class LinkerTest : public testing::Test {
 protected:
  static FuncType type(std::vector<ValueType> parameters, std::vector<ValueType> results = {}) {
    return {std::move(parameters), std::move(results)};
  }
  FunctionInstance* add_function(const FuncType& type) { return &store.add_host_function(type, do_nothing, nullptr); }
  void import(std::string from, std::string name, const FuncType& type) {
    module.types.push_back(type);
    const TypeIndex index{static_cast<uint32_t>(module.types.size() - 1)};
    module.imports.push_back({.module = std::move(from), .name = std::move(name), .description = index});
  }
  template <class Type>
  void import_of(const Type& type) {
    module.imports.push_back({.module = "m", .name = "x", .description = type});
  }
  std::string message() {
    try {
      linker.resolve(module);
      return "no error";
    } catch (const LinkError& error) {
      return error.what();
    }
  }
  bool resolves() { return message() == "no error"; }

  Store store;
  Linker linker;
  Module module;
};

TEST_F(LinkerTest, ResolvesInTheOrderOfTheImports) {
  FunctionInstance* f = add_function(type({}));
  GlobalInstance* g = &store.add_global({}, Value::i32(1));
  linker.define("m", "g", g);
  linker.define("m", "f", f);
  import("m", "f", type({}));
  module.imports.push_back({.module = "m", .name = "g", .description = GlobalType{}});
  EXPECT_EQ(linker.resolve(module), (std::vector<Extern>{f, g}));
}

TEST_F(LinkerTest, TheTypeChoosesAmongFunctionsOfOneName) {
  FunctionInstance* narrow = add_function(type({ValueType::i32}));
  FunctionInstance* wide = add_function(type({ValueType::i64}));
  linker.define("m", "f", narrow);
  linker.define("m", "f", wide);
  import("m", "f", type({ValueType::i64}));
  import("m", "f", type({ValueType::i32}));
  EXPECT_EQ(linker.resolve(module), (std::vector<Extern>{wide, narrow}));
}

TEST_F(LinkerTest, ALaterDefinitionOfTheSameTypeReplaces) {
  FunctionInstance* earlier = add_function(type({}));
  FunctionInstance* later = add_function(type({}));
  linker.define("m", "f", earlier);
  linker.define("m", "f", later);
  import("m", "f", type({}));
  EXPECT_EQ(linker.resolve(module), (std::vector<Extern>{later}));
}

TEST_F(LinkerTest, ADefinitionOfAnotherKindReplacesAll) {
  linker.define("m", "x", add_function(type({})));
  linker.define("m", "x", &store.add_global({}, Value::i32(1)));
  import("m", "x", type({}));
  EXPECT_EQ(message(), "import m.x has another type: the file wants function () -> (), there is global i32");
}

TEST_F(LinkerTest, NamesEveryProblemWithWantedAndOfferedTypes) {
  linker.define("m", "f", add_function(type({ValueType::i32})));
  linker.define("m", "f", add_function(type({ValueType::i64}, {ValueType::f32})));
  import("m", "f", type({}));
  import("m", "g", type({ValueType::i32, ValueType::i64}, {ValueType::f64}));
  EXPECT_EQ(message(),
            "import m.f has another type: the file wants function () -> (), there is function (i32) -> () or "
            "function (i64) -> (f32); import m.g (function (i32, i64) -> (f64)) is missing: no such definition");
}

TEST_F(LinkerTest, TellsMissingImportsOfOneCauseTogether) {
  import("env", "a", type({}));
  import("m", "b", type({}));
  import("env", "c", type({ValueType::i32}));
  EXPECT_EQ(
      message(),
      "imports env.a (function () -> ()), env.c (function (i32) -> ()) are missing: C symbols that were not defined "
      "when the file was linked, or a file for Emscripten: link what defines them, for wasm32-wasi; "
      "import m.b (function () -> ()) is missing: no such definition");
}

TEST_F(LinkerTest, SaysWhatAMissingModuleIsKnownToMean) {
  import("wasi_unstable", "fd_write", type({}));
  EXPECT_EQ(message(),
            "import wasi_unstable.fd_write (function () -> ()) is missing: the file was built for WASI preview0: "
            "rebuild it for wasm32-wasip1 (wasm32-wasi)");
  module = {};
  import("wasi:io/poll@0.2.0", "poll", type({}));
  EXPECT_EQ(message(),
            "import wasi:io/poll@0.2.0.poll (function () -> ()) is missing: the file was built for WASI preview2: "
            "rebuild it for wasm32-wasip1");
  module = {};
  import("env", "getaddrinfo", type({}));
  EXPECT_NE(message().find("link what defines them"), std::string::npos);
  module = {};
  import("wasi_snapshot_preview1", "fd_dance", type({}));
  EXPECT_NE(message().find("not a function of WASI preview1"), std::string::npos);
}

// https://webassembly.github.io/threads/core/exec/modules.html#memories
TEST_F(LinkerTest, ASharedMemoryAndAnUnsharedOneDoNotMatch) {
  const MemoryType shared{.limits = {.minimum = 1, .maximum = 4}, .shared = true};
  const MemoryType unshared{.limits = shared.limits, .shared = false};
  linker.define("m", "x", &store.add_memory(shared));
  import_of(unshared);
  EXPECT_EQ(
      message(),
      "import m.x has another type: the file wants memory of 1 to 4 pages, there is shared memory of 1 to 4 pages");
  module = {};
  import_of(shared);
  EXPECT_TRUE(resolves());
  linker.define("m", "x", &store.add_memory(unshared));
  EXPECT_FALSE(resolves());
}

// https://webassembly.github.io/spec/core/valid/matching.html#limits
TEST_F(LinkerTest, AMemoryMatchesByItsCurrentSizeAndItsMaximum) {
  Memory& memory = store.add_memory({.limits = {.minimum = 1, .maximum = 4}});
  linker.define("m", "x", &memory);
  import_of(MemoryType{.limits = {.minimum = 2, .maximum = 4}});
  EXPECT_EQ(message(),
            "import m.x has another type: the file wants memory of 2 to 4 pages, there is memory of 1 to 4 pages");
  memory.grow(1);
  EXPECT_TRUE(resolves());
  module = {};
  import_of(MemoryType{.limits = {.minimum = 1, .maximum = 3}});
  EXPECT_FALSE(resolves()) << "it may grow further than the importer allows";
  module = {};
  import_of(MemoryType{.limits = {.minimum = 0, .maximum = {}}});
  EXPECT_TRUE(resolves());
  module = {};
  import_of(MemoryType{.limits = {.minimum = 0, .maximum = 9}, .shared = true});
  EXPECT_FALSE(resolves());
}

TEST_F(LinkerTest, AnUnboundedTableMatchesNoMaximum) {
  linker.define("m", "x", &store.add_table({.element = ValueType::funcref, .limits = {.minimum = 5, .maximum = {}}}));
  import_of(TableType{.element = ValueType::funcref, .limits = {.minimum = 5, .maximum = 10}});
  EXPECT_EQ(
      message(),
      "import m.x has another type: the file wants table of 5 to 10 funcref, there is table of 5 or more funcref");
  module = {};
  import_of(TableType{.element = ValueType::externref, .limits = {.minimum = 5, .maximum = {}}});
  EXPECT_FALSE(resolves());
  module = {};
  import_of(TableType{.element = ValueType::funcref, .limits = {.minimum = 4, .maximum = {}}});
  EXPECT_TRUE(resolves());
}

TEST_F(LinkerTest, AGlobalMatchesExactly) {
  linker.define("m", "x", &store.add_global({.type = ValueType::i64, .is_mutable = true}, Value::i64(0)));
  import_of(GlobalType{.type = ValueType::i64, .is_mutable = false});
  EXPECT_EQ(message(), "import m.x has another type: the file wants global i64, there is mutable global i64");
  module = {};
  import_of(GlobalType{.type = ValueType::i64, .is_mutable = true});
  EXPECT_TRUE(resolves());
}

}  // namespace
}  // namespace shallop
