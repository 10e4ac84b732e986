// SPDX-License-Identifier: Apache-2.0
#include "compare/command.hpp"

#include <string_view>

namespace shallop::compare {

Command joined(Command words, const Command& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string with_port(std::string word, uint16_t port) {
  constexpr std::string_view placeholder = "{port}";
  for (size_t at = word.find(placeholder); at != word.npos; at = word.find(placeholder)) {
    word.replace(at, placeholder.size(), std::to_string(port));
  }
  return word;
}

Command with_port(Command command, uint16_t port) {
  for (std::string& word : command) word = with_port(std::move(word), port);
  return command;
}

}  // namespace shallop::compare
