// SPDX-License-Identifier: Apache-2.0
// What a server may send to the load generator. Wherever the bytes are cut, the parser comes to the same end, and never
// takes more than there is.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "loadgen/response_parser.hpp"

namespace {

using shallop::loadgen::KnownHeader;
using shallop::loadgen::ResponseParser;
using Progress = ResponseParser::Progress;

struct Ending {
  Progress progress = Progress::more;
  size_t taken = 0;
  bool body_matches = false;
  bool operator==(const Ending&) const = default;
};

Ending parse(std::string_view text, size_t piece, const std::string& body, KnownHeader* known = nullptr) {
  ResponseParser parser;
  parser.begin(false, &body, known);
  Ending ending;
  while (ending.taken < text.size() && ending.progress == Progress::more) {
    const std::string_view part = text.substr(ending.taken, piece);
    std::string_view left = part;
    ending.progress = parser.feed(left);
    if (left.size() > part.size()) std::abort();
    ending.taken += part.size() - left.size();
    if (ending.progress == Progress::more && !left.empty()) std::abort();
  }
  if (ending.progress == Progress::more) ending.progress = parser.end_of_stream();
  ending.body_matches = ending.progress == Progress::complete && parser.body_matches();
  if (ending.progress == Progress::malformed) ending.taken = 0;  // how far it was read is nobody's business
  return ending;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string body = "hello";
  const Ending whole = parse(text, std::max<size_t>(text.size(), 1), body);
  const size_t piece = 1 + data[0] % 16;
  if (!(parse(text, piece, body) == whole)) std::abort();
  KnownHeader known;
  for (int i = 0; i < 2; ++i) {
    if (!(parse(text, std::max<size_t>(text.size(), 1), body, &known) == whole)) std::abort();
  }
  return 0;
}
