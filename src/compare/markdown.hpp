// SPDX-License-Identifier: Apache-2.0
// Tables in Markdown, of texts that may hold anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shallop::compare {

std::string escaped_markdown(std::string_view text);
// A row of a table.
std::string markdown_line(const std::vector<std::string>& cells);
// The first columns, which are names, flush left; the others flush right.
std::string markdown_heading(const std::vector<std::string>& cells, size_t names = 1);

}  // namespace shallop::compare
