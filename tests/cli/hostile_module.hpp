// SPDX-License-Identifier: Apache-2.0
// Modules in bytes, written with repetitions: for those that name a million of something.
// https://webassembly.github.io/spec/core/binary/modules.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/module.hpp"

namespace shallop::cli {

std::string repeat(std::string_view bytes, size_t times);
std::string leb(uint64_t number);
// `count` times the same element.
std::string vector(size_t count, std::string_view element);
std::string function_type(std::string_view parameters, std::string_view results);
// With its size and the closing `end`; `locals` as encoded.
std::string body(std::string_view code, std::string_view locals = {"\0", 1});

struct Section {
  SectionId id;
  std::string contents;
};

// A command of one function, which does `code`. Of `others`, type 0 and function 0 are taken; a section of theirs that
// the command needs as well has to hold what that needs.
std::string command(std::string_view code, const std::vector<Section>& others = {},
                    std::string_view locals = {"\0", 1});
std::string module(const std::vector<Section>& sections);

}  // namespace shallop::cli
