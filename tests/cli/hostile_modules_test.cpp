// SPDX-License-Identifier: Apache-2.0
// Modules that name as much of everything as a file can, and guests that take as much as they get. Each runs or is
// refused in one sentence, and the process never holds more than what docs/cli.md, "Limits", promises: so much for each
// byte of the file, besides what the guest's memories, tables and exceptions hold.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "cli/hostile_module.hpp"
#include "cli/workshop.hpp"
#include "wasm/limits.hpp"

namespace shallop::cli {
namespace {

using enum SectionId;

constexpr uint64_t process_bytes = 32 << 20;
constexpr uint64_t bytes_per_byte = 100;

struct Attack {
  std::string name;
  std::function<std::string()> module;
  int status = 0;
  std::string sentence{};  // the beginning of standard error behind the file's name; empty: nothing is said
  uint64_t held_mib = 0;   // by the guest's memories, tables and exceptions
};

void PrintTo(const Attack& attack, std::ostream* out) { *out << attack.name; }

std::string zeros(size_t count) { return std::string(count, '\0'); }
std::string i32_const(uint32_t value) {
  // Signed: one byte more than needed keeps the sign bit clear.
  std::string bytes = "\x41";
  for (; value >= 0x40; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string with_section(SectionId id, std::string contents) { return command("", {{id, std::move(contents)}}); }

std::string functions(size_t count) {
  return command("", {{function, vector(count, zeros(1))}, {code, vector(count, body(""))}});
}
std::string exports(size_t count) {
  std::string entries = leb(count);
  for (size_t i = 0; i < count; ++i) {
    const std::string name = i == 0 ? "_start" : std::to_string(i);
    entries += leb(name.size()) + name + zeros(2);
  }
  return with_section(export_, entries);
}
std::string names(size_t count) {
  const std::string map = vector(count, zeros(2));
  const std::string subsections = "\1" + leb(map.size()) + map + "\2" + leb(map.size()) + map;
  return command(zeros(1), {{custom, leb(4) + "name" + subsections}});  // unreachable: a trap asks for names
}
// In two blocks of a thousand results, behind a thousand constants.
std::string carrying(const std::string& branches) {
  const std::string wide = function_type("", repeat("\x7f", limits::results));
  return command("\x02\x01\x02\x01" + repeat("\x41\x07", limits::results) + branches + "\x0b\x0b" +
                     repeat("\x1a", limits::results),
                 {{type, leb(2) + function_type("", "") + wide}});
}
std::string with_locals(size_t count, char value_type, size_t times) {
  const std::string locals = leb(1) + leb(count) + value_type;
  return command("", {{function, vector(times, zeros(1))}, {code, vector(times, body("", locals))}});
}
// A hundred memories of nothing, each grown by 64 MiB of which every page is written.
std::string growing_memories() {
  constexpr uint32_t pages = 1'024;
  std::string code;
  for (uint32_t i = 0; i < limits::memories; ++i) {
    // if (memory.grow(pages) != -1) memory.fill(0, 1, all of it)
    code += i32_const(pages) + "\x40" + leb(i) + "\x41\x7f\x47\x04\x40" + i32_const(0) + i32_const(1) +
            i32_const(pages * limits::page_size_bytes) + "\xfc\x0b" + leb(i) + "\x0b";
  }
  return command(code, {{memory, vector(limits::memories, zeros(2))}});
}
std::string growing_tables(uint32_t tables) {
  std::string code;
  for (uint32_t i = 0; i < tables; ++i) {
    code += "\xd0\x70" + i32_const(1'000'000) + "\xfc\x0f" + leb(i) + "\x1a";
  }
  return command(code, {{table, vector(tables, "\x70" + zeros(2))}});
}

// Throws exceptions of a thousand values, and keeps each in a table.
std::string kept_exceptions() {
  const std::string carried = repeat({"\x42\0", 2}, limits::parameters);
  const std::string next = {"\x20\0\x41\1\x6a\x21\0\x0c\0\x0b", 10};
  const std::string caught =
      "\x02\x69" + std::string("\x1f\x40\1\3\0", 5) + carried + std::string("\x08\0\x0b\0\x0b", 5);
  return command(std::string("\x03\x40\x20\0", 4) + caught + std::string("\x26\0", 2) + next,
                 {{type, leb(2) + function_type("", "") + function_type(repeat("\x7e", limits::parameters), "")},
                  {table, vector(1, "\x69" + zeros(1) + leb(1'000'000))},
                  {tag, vector(1, {"\0\1", 2})}},
                 {"\1\1\x7f", 3});
}

const std::vector<Attack> attacks{
    {"Types", [] { return with_section(type, vector(limits::types, function_type("", ""))); }},
    {"OneTypeTooMany", [] { return with_section(type, vector(limits::types + 1, function_type("", ""))); }, 1,
     "malformed: too many types: 1000001, the limit is 1000000"},
    {"WideTypes",
     [] {
       const std::string wide = repeat("\x7f", 1'000);
       return with_section(type, leb(1'001) + function_type("", "") + repeat(function_type(wide, wide), 1'000));
     }},
    {"OneParameterTooMany", [] { return with_section(type, vector(1, function_type(repeat("\x7f", 1'001), ""))); }, 1,
     "malformed: too many parameters: 1001, the limit is 1000"},
    {"Functions", [] { return functions(limits::functions); }},
    {"Imports", [] { return command("", {{import, vector(limits::imports, std::string("\0\0\0\0", 4))}}); }, 1,
     "import"},
    {"Exports", [] { return exports(500'000); }},
    {"OneExportTooMany", [] { return exports(limits::exports + 1); }, 1,
     "malformed: too many exports: 1000001, the limit is 1000000"},
    {"Globals", [] { return with_section(global, vector(limits::globals, {"\x7f\0\x41\0\x0b", 5})); }},
    {"Tags", [] { return with_section(tag, vector(limits::tags, zeros(2))); }},
    {"Tables", [] { return with_section(table, vector(limits::tables, "\x70" + zeros(2))); }},
    {"LargeTables", [] { return with_section(table, vector(3, "\x70" + zeros(1) + leb(limits::table_elements))); }, 1,
     "the module's 3 tables have 30000000 elements together, more than the 20000000 that shallop allows"},
    {"GrowingTables", [] { return growing_tables(1'000); }, 0, "", 168},
    {"OneMemoryTooMany", [] { return with_section(memory, vector(limits::memories + 1, zeros(2))); }, 1,
     "malformed: too many memories: 101, the limit is 100"},
    {"LargeMemories", [] { return with_section(memory, vector(2, zeros(1) + leb(40'000))); }, 1,
     "a memory of 40000 pages (2500 MiB) is more than the 25536 pages (1596 MiB) that the guest's other memories leave "
     "of the 65536 pages (4096 MiB) allowed; see --memory-limit"},
    {"ElementSegments", [] { return with_section(element, vector(1'000'000, {"\1\0\0", 3})); }},
    {"ElementEntries", [] { return with_section(element, vector(1, "\1" + zeros(1) + vector(10'000'000, zeros(1)))); }},
    {"DataSegments", [] { return with_section(data, vector(limits::data_segments, {"\1\0", 2})); }},
    {"CustomSections", [] { return module(std::vector<Section>(limits::custom_sections + 1, {custom, zeros(1)})); }, 1,
     "malformed: too many custom sections, the limit is 100000"},
    {"Names", [] { return names(2'000'000); }, 134, "trap: unreachable\n   0: "},
    {"Locals", [] { return with_locals(limits::locals, '\x7f', 1'000); }},
    {"Vectors", [] { return with_locals(limits::locals, '\x7b', 1); }, 1,
     "invalid: a function needs 100000 slots for its locals and operands, more than 65535"},
    {"Nesting", [] { return command(repeat("\x02\x40", 49'000) + repeat("\x0b", 49'000)); }},
    {"TooMuchNesting", [] { return command(repeat("\x02\x40", 60'000) + repeat("\x0b", 60'000)); }, 1, "malformed: "},
    {"BranchTable",
     [] { return command("\x02\x40" + i32_const(0) + "\x0e" + vector(7'000'000, zeros(1)) + zeros(1) + "\x0b"); }},
    {"CatchClauses",
     [] {
       return command(repeat("\x02\x40\x1f\x40" + vector(limits::catch_clauses, {"\x02\0", 2}) + "\x01\x0b\x0b", 10));
     }},
    {"KeptExceptions", kept_exceptions, 134, "trap: too many exceptions are kept", 72},
    {"CarryingBranches", [] { return carrying(repeat({"\x41\0\x0d\0", 4}, 90)); }},
    {"TooManyCarriedValues", [] { return carrying(repeat({"\x41\0\x0d\0", 4}, 250'000)); }, 1,
     "invalid: the branches, blocks and calls up to this br_if carry "},
    {"TooManyValuesOfABranchTable",
     [] { return carrying(i32_const(0) + "\x0e" + leb(400'000) + repeat({"\0\1", 2}, 200'000) + zeros(1)); }, 1,
     "invalid: the branches, blocks and calls up to this br_table carry "},
    // Between a thousand constants and as many drops.
    {"TooManyValuesOfBlocks",
     [] {
       const std::string wide = function_type(repeat("\x7f", limits::results), repeat("\x7f", limits::results));
       return command(
           repeat("\x41\x07", limits::results) + repeat({"\x02\x01\x0b", 3}, 300'000) + repeat("\x1a", limits::results),
           {{type, leb(2) + function_type("", "") + wide}});
     },
     1, "invalid: the branches, blocks and calls up to this block carry "},
    // Operands that are locals, and writes to another one: each write has to look for operands that it would change.
    {"LazyOperands",
     [] {
       return command(repeat({"\x20\0", 2}, 30'000) + repeat({"\x41\0\x21\1", 4}, 200'000) + repeat("\x1a", 30'000), {},
                      {"\1\2\x7f", 3});
     }},
    {"UnreachableResults",
     [] {
       const std::string wide = function_type("", repeat("\x7f", limits::results));
       return command(zeros(1) + repeat({"\x10\0", 2}, 100'000), {{type, leb(1) + wide}, {export_, zeros(1)}});
     },
     1, "invalid: too many operands in call, the limit is 1000000"},
    {"LongCode", [] { return command(i32_const(0) + repeat("\x45", 5'000'000) + "\x1a"); }},
    {"TooLongCode", [] { return command(repeat("\x01", limits::function_body_size_bytes)); }, 1,
     "malformed: function body of 7654323 bytes is too large, the limit is 7654321"},
    {"Recursion", [] { return command(std::string("\x10\0", 2)); }, 134, "trap: call stack exhausted", 8},
    // Frames of 32,000 vectors.
    {"RecursionWithVectors", [] { return command(std::string("\x10\0", 2), {}, "\1" + leb(32'000) + "\x7b"); }, 134,
     "trap: call stack exhausted", 8},
};

// A process begins with what its parent holds: where cases share one, that may be more than what is allowed.
[[maybe_unused]] uint64_t own_peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) << 10;
}

class HostileModule : public testing::TestWithParam<Attack> {};

TEST_P(HostileModule, IsHeldToItsLimits) {
  const Attack& attack = GetParam();
  const Workshop workshop;
  uint64_t size_bytes = 0;
  {
    const std::string bytes = attack.module();
    std::ofstream(workshop.directory() / "attack.wasm", std::ios::binary) << bytes;
    size_bytes = bytes.size();
  }
  const auto process = workshop.start({"run", "--engine", "interpreter", "attack.wasm"});
  const auto [out, err, status] = process->wait(std::chrono::seconds(100));
  EXPECT_EQ(status, attack.status);
  EXPECT_EQ(out, "");
  EXPECT_EQ(err.empty(), attack.sentence.empty()) << err;
  EXPECT_NE(err.find(attack.sentence), std::string::npos) << err;
  if (attack.status == 1) EXPECT_EQ(std::ranges::count(err, '\n'), 1) << err;
  [[maybe_unused]] const uint64_t allowed = process_bytes + bytes_per_byte * size_bytes + (attack.held_mib << 20);
  RecordProperty("file_bytes", std::to_string(size_bytes));
  RecordProperty("peak_bytes", std::to_string(process->peak_bytes()));
#if !__has_feature(address_sanitizer)
  EXPECT_LE(process->peak_bytes(), std::max(allowed, own_peak_bytes())) << "a file of " << size_bytes << " bytes";
#endif
}

INSTANTIATE_TEST_SUITE_P(Each, HostileModule, testing::ValuesIn(attacks),
                         [](const auto& each) { return each.param.name; });

// What cannot be a module is not read into memory first.
TEST(HostileModules, NothingIsTakenForAFileThatIsTooLarge) {
  const Workshop workshop;
  std::ofstream(workshop.directory() / "large.wasm");
  std::filesystem::resize_file(workshop.directory() / "large.wasm", uint64_t{5} << 30);
  for (const char* file : {"large.wasm", "/dev/zero"}) {
    const auto process = workshop.start({"run", file});
    const auto [out, err, status] = process->wait();
    EXPECT_EQ(status, 1) << err;
    EXPECT_EQ(std::ranges::count(err, '\n'), 1) << err;
#if !__has_feature(address_sanitizer)
    EXPECT_LE(process->peak_bytes(), std::max(process_bytes, own_peak_bytes())) << file;
#endif
  }
}

// What --memory-limit says is for all memories together, and what is written of them is all there is.
TEST(HostileModules, ManyMemoriesGrowToOneLimit) {
  const Workshop workshop;
  std::ofstream(workshop.directory() / "attack.wasm", std::ios::binary) << growing_memories();
  const auto process = workshop.start({"run", "--engine", "interpreter", "--memory-limit", "256MiB", "attack.wasm"});
  const auto [out, err, status] = process->wait();
  EXPECT_EQ(status, 0) << err;
#if !__has_feature(address_sanitizer)
  constexpr uint64_t limit_bytes = 256 << 20;
  EXPECT_GE(process->peak_bytes(), limit_bytes);
  EXPECT_LE(process->peak_bytes(), std::max(process_bytes + limit_bytes, own_peak_bytes()));
#endif
}

}  // namespace
}  // namespace shallop::cli
