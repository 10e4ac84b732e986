// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "malformed.hpp"

namespace shallop {
namespace {

std::string refused(std::string_view text) { return malformed(bytes_of(text)); }
using namespace std::string_view_literals;

TEST(Preamble, TheSmallestModule) { EXPECT_EQ(refused("\0asm\1\0\0\0"sv), "accepted"); }

TEST(Preamble, ShortFiles) {
  EXPECT_EQ(refused(""), "0: unexpected end: the file is empty");
  EXPECT_EQ(refused("\0as"sv), "0: unexpected end: the file has 3 bytes, a module begins with 8");
  EXPECT_EQ(refused("\0asm\1\0\0"sv), "0: unexpected end: the file has 7 bytes, a module begins with 8");
}

TEST(Preamble, OtherKindsOfFilesGetAdvice) {
  const std::string prefix = "0: magic header not detected: the file is ";
  EXPECT_EQ(refused("\x7F"
                    "ELF\2\1\1\0"sv),
            prefix + "an ELF file, native code: build it for wasm32-wasi");
  EXPECT_EQ(refused("\x1F\x8B\x08\0\0\0\0\0"sv), prefix + "compressed with gzip: unpack it first");
  EXPECT_EQ(refused("!<arch>\n"), prefix + "a library archive: link it to a module first");
  EXPECT_EQ(refused("#!/bin/sh\n"), prefix + "a script");
}

TEST(Preamble, TextFormatIsNamed) {
  const std::string expected =
      "0: magic header not detected: the file is WebAssembly in text format: run wat2wasm on it first";
  EXPECT_EQ(refused("(module)"), expected);
  EXPECT_EQ(refused(" \n;; a comment\n  (module (memory 1))"), expected);
  EXPECT_EQ(refused("(; (;nested;) ;) (module)"), expected);
  EXPECT_NE(refused(";; only a comment"), expected);
}

TEST(Preamble, UnknownBytesAreShown) {
  EXPECT_EQ(refused("garbage!"), "0: magic header not detected: expected 00 61 73 6d, found 67 61 72 62");
}

TEST(Preamble, ComponentsAreNamed) {
  EXPECT_EQ(refused("\0asm\xD\0\1\0"sv),
            "4: unknown binary version: this is a WebAssembly component, shallop runs core modules: extract its core "
            "module, or build one for wasm32-wasi (preview1)");
}

TEST(Preamble, OtherVersions) {
  EXPECT_EQ(refused("\0asm\2\0\0\0"sv), "4: unknown binary version: expected 01 00 00 00, found 02 00 00 00");
}

}  // namespace
}  // namespace shallop
