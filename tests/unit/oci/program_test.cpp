// SPDX-License-Identifier: Apache-2.0
#include "oci/program.hpp"

#include <gtest/gtest.h>

#include "unit/oci/bundle_on_disk.hpp"

namespace shallop::oci {
namespace {

class ProgramTest : public testing::Test {
 protected:
  Found found(std::vector<std::string> arguments, bool is_announced = false, const char* directory = "/") const {
    return find_program({.arguments = std::move(arguments),
                         .environment = {"PATH=/nowhere:/usr/bin"},
                         .directory = directory,
                         .is_announced = is_announced},
                        ContainerFiles(disk.bundle()));
  }
  // Empty if it was not refused.
  std::string refusal(std::vector<std::string> arguments, bool is_announced = false) const {
    const Found result = found(std::move(arguments), is_announced);
    const auto* refusal = std::get_if<Refusal>(&result);
    return refusal == nullptr ? "" : refusal->sentence;
  }
  bool is_ours(std::vector<std::string> arguments) const {
    return std::holds_alternative<GuestProgram>(found(std::move(arguments)));
  }

  BundleOnDisk disk;
};

TEST_F(ProgramTest, IsAModuleByItsFirstBytes) {
  disk.write_file("/service", empty_module);
  EXPECT_TRUE(is_ours({"/app.wasm"}));
  EXPECT_TRUE(is_ours({"/service", "8080"}));
}

TEST_F(ProgramTest, OfOthersIsLeftAlone) {
  disk.write_file("/elf",
                  "\x7F"
                  "ELF\2\1\1");
  disk.write_file("/script", "#!/bin/sh\n");
  disk.write_file("/data", "hello");
  for (const char* name : {"/elf", "/script", "/data", "/absent.wasm", ""}) {
    EXPECT_TRUE(std::holds_alternative<NotOurs>(found({name}))) << name;
  }
  EXPECT_TRUE(std::holds_alternative<NotOurs>(found({})));
}

// A guest may have exchanged its own module for one, to be run natively at the next start.
TEST_F(ProgramTest, ThatIsNativeDoesNotPassForAModule) {
  disk.write_file("/app.wasm",
                  "\x7F"
                  "ELF\2\1\1");
  disk.write_file("/script.wasm", "#!/bin/sh\n");
  disk.write_file("/app.wasm#f", "#!/bin/sh\n");
  for (const char* name : {"/app.wasm", "/script.wasm", "/app.wasm#f"}) {
    EXPECT_NE(refusal({name}).find("permission denied: it is named .wasm, and is a native program"), std::string::npos)
        << name;
  }
}

TEST_F(ProgramTest, IsFoundInPathAndThenInTheWorkingDirectory) {
  disk.make_directory("/usr");
  disk.make_directory("/usr/bin");
  disk.make_directory("/srv");
  disk.write_file("/srv/tool", empty_module);
  const Found here = found({"tool"}, false, "/srv");
  ASSERT_TRUE(std::holds_alternative<GuestProgram>(here));
  EXPECT_EQ(std::get<GuestProgram>(here).path, "tool");
  disk.write_file("/usr/bin/tool", empty_module);
  const Found in_path = found({"tool"}, false, "/srv");
  EXPECT_EQ(std::get<GuestProgram>(in_path).path, "/usr/bin/tool");
}

TEST_F(ProgramTest, StandsBehindAnInit) {
  const Found result = found({"/sbin/docker-init", "-s", "--", "/app.wasm", "8080"});
  ASSERT_TRUE(std::holds_alternative<GuestProgram>(result));
  EXPECT_EQ(std::get<GuestProgram>(result).argument, 3U);
  EXPECT_TRUE(std::holds_alternative<NotOurs>(found({"/sbin/docker-init", "--"})));
}

TEST_F(ProgramTest, CanNameAFunction) {
  const Found result = found({"/app.wasm#add", "1"});
  ASSERT_TRUE(std::holds_alternative<GuestProgram>(result));
  EXPECT_EQ(std::get<GuestProgram>(result).function, "add");
  EXPECT_EQ(std::get<GuestProgram>(result).path, "/app.wasm");
}

TEST_F(ProgramTest, ThatCannotBeRunIsRefusedWithAWayOut) {
  disk.write_file("/component.wasm", std::string_view("\0asm\x0D\0\1\0", 8));
  disk.write_file("/future.wasm", std::string_view("\0asm\2\0\0\0", 8));
  disk.write_file("/cut.wasm", std::string_view("\0asm", 4));
  disk.write_file("/text.wat", "  (module)");
  disk.write_file("/text.wasm", "hello");
  disk.write_file("/empty.wasm", "");
  EXPECT_EQ(
      refusal({"/component.wasm"}),
      "/component.wasm: permission denied: it is a WebAssembly component, and shallop runs core modules; build it "
      "for wasm32-wasip1, or wasm32-wasi");
  EXPECT_NE(refusal({"/future.wasm"}).find("of a version that shallop does not know"), std::string::npos);
  EXPECT_NE(refusal({"/cut.wasm"}).find("of a version that shallop does not know"), std::string::npos);
  EXPECT_NE(refusal({"/text.wat"}).find("wat2wasm"), std::string::npos);
  EXPECT_NE(refusal({"/text.wasm"}).find("does not begin with \\0asm"), std::string::npos);
  EXPECT_NE(refusal({"/empty.wasm"}).find("does not begin with \\0asm"), std::string::npos);
}

TEST_F(ProgramTest, ThatWasCutOffIsRefusedWhereverTheCutIs) {
  // A section of four bytes, one of 200 (the length takes two bytes), and an empty one.
  const std::string module = std::string(empty_module) + std::string("\1\4abcd", 6) + std::string("\0\xC8\1", 3) +
                             std::string(200, 'x') + std::string("\3\0", 2);
  for (const size_t cut : {8U, 9U, 10U, 13U, 14U, 15U, 16U, 17U, 100U, 216U, 217U, 218U}) {
    disk.write_file("/cut.wasm", std::string_view(module).substr(0, cut));
    // Between two sections nothing tells of the ones that are missing; the runner sees it if they are needed.
    if (cut == 8 || cut == 14 || cut == 217) {
      EXPECT_TRUE(std::holds_alternative<GuestProgram>(found({"/cut.wasm"}))) << cut;
    } else {
      const std::string place = cut < 14 ? "8" : cut < 217 ? "14" : "217";
      EXPECT_EQ(refusal({"/cut.wasm"}),
                "/cut.wasm: permission denied: it is the beginning of a WebAssembly module: it ends at byte " +
                    std::to_string(cut) + ", within its section at byte " + place + "; copy the whole file");
    }
  }
  disk.write_file("/whole.wasm", module);
  EXPECT_TRUE(std::holds_alternative<GuestProgram>(found({"/whole.wasm"})));
}

TEST_F(ProgramTest, IsLeftToTheRunnerWhereItsSectionsAreNotUnderstood) {
  std::string many(empty_module);
  for (int i = 0; i < 100; ++i) many += std::string("\0\0", 2);
  disk.write_file("/many.wasm", many + "\1\x7F");
  EXPECT_TRUE(std::holds_alternative<GuestProgram>(found({"/many.wasm"}))) << "only so many sections are looked at";
  disk.write_file("/length.wasm", std::string(empty_module) + "\1\xFF\xFF\xFF\xFF\xFF");
  EXPECT_TRUE(std::holds_alternative<GuestProgram>(found({"/length.wasm"}))) << "no length at all";
}

TEST_F(ProgramTest, ThatIsAnnouncedAsWasmHasToBe) {
  disk.write_file("/elf",
                  "\x7F"
                  "ELF\2\1\1");
  EXPECT_NE(refusal({"/elf"}, true).find("an annotation says that it is WebAssembly"), std::string::npos);
  EXPECT_EQ(refusal({"/absent.wasm"}, true), "/absent.wasm: no such file or directory in the container");
}

}  // namespace
}  // namespace shallop::oci
