// SPDX-License-Identifier: Apache-2.0
// The request parser and the chunked decoder on any octets: nothing is read out of bounds, and what is decided does not
// depend on where the input is cut. The first octet chooses the cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/chunked_decoder.hpp"
#include "http/request_parser.hpp"

namespace {

using namespace shallop::http;

constexpr Limits limits{.request_line_bytes = 64, .head_bytes = 256, .body_bytes = 128};

void require(bool condition) {
  if (!condition) std::abort();
}

void require_within(std::string_view text, std::string_view view) {
  require(view.empty() || (view.data() >= text.data() && view.data() + view.size() <= text.data() + text.size()));
}

struct Body {
  ChunkedDecoder::Step step{};
  std::string text;
};

Body decode(std::string_view first, std::string_view second) {
  ChunkedDecoder decoder;
  Body body;
  body.step = decoder.decode(first, limits, body.text);
  if (body.step.kind != ChunkedDecoder::Step::Kind::more) return body;
  require(body.step.consumed == first.size());
  body.step = decoder.decode(second, limits, body.text);
  body.step.consumed += first.size();
  return body;
}

void fuzz_body(std::string_view input, std::size_t cut) {
  const Body whole = decode(input, {});
  const Body in_two = decode(input.substr(0, cut), input.substr(cut));
  require(whole.step.kind == in_two.step.kind && whole.step.status == in_two.step.status);
  require(whole.text == in_two.text && whole.text.size() <= limits.body_bytes);
  if (whole.step.kind == ChunkedDecoder::Step::Kind::done) require(whole.step.consumed == in_two.step.consumed);
}

void fuzz_head(const std::string& input, std::size_t cut) {
  static Head head;
  HeadProgress progress;
  const std::string prefix = input.substr(0, cut);
  HeadResult in_two = parse_head(prefix, limits, progress, head);
  if (in_two.kind == HeadResult::Kind::incomplete) in_two = parse_head(input, limits, progress, head);

  HeadProgress fresh;
  const HeadResult whole = parse_head(input, limits, fresh, head);
  // A line that is not complete yet is looked at again only when it is: until then a mistake in it may go unnoticed.
  if (in_two.kind == HeadResult::Kind::incomplete && whole.kind == HeadResult::Kind::refused) return;
  require(whole.kind == in_two.kind && whole.status == in_two.status && whole.size == in_two.size);
  if (whole.kind != HeadResult::Kind::complete) return;
  require(whole.size <= input.size() && whole.size <= limits.head_bytes);
  for (const std::string_view view : {head.request.method, head.request.target, head.request.authority}) {
    require_within(input, view);
  }
  for (const Header& header : head.request.headers()) {
    require_within(input, header.name);
    require_within(input, header.value);
  }
  require(!head.framing.chunked || head.framing.content_length == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = input.empty() ? 0 : data[0] % input.size();
  fuzz_head(input, cut);
  fuzz_body(input, cut);
  return 0;
}
