// SPDX-License-Identifier: Apache-2.0
#include "loadgen/http1_client.hpp"

namespace shallop::loadgen {

bool Http1Client::begin(const Flight& flight) {
  const Plan& plan = shared_->plan;
  const Target& target = plan.targets[flight.target];
  flight_ = flight;
  is_busy_ = true;
  unsent_ = target.http1;
  parser_.begin(target.method == "HEAD", plan.expected_body ? &*plan.expected_body : nullptr, &shared_->known_header);
  return true;
}

Answer Http1Client::take_answer() {
  is_busy_ = false;
  return {.flight = flight_, .status = parser_.status(), .body_matches = parser_.body_matches(), .failure = {}};
}

Reception Http1Client::receive(std::string_view bytes, std::vector<Answer>& answers) {
  if (!is_busy_) return {.failure = malformed(Malformation::unasked_response), .close = true};
  switch (parser_.feed(bytes)) {
    case ResponseParser::Progress::more: return {};
    case ResponseParser::Progress::malformed: return {.failure = malformed(parser_.why()), .close = true};
    case ResponseParser::Progress::complete: break;
  }
  if (!bytes.empty()) return {.failure = malformed(Malformation::surplus), .close = true};
  // A response before the request was sent completely: the connection cannot be used again, as the rest is not wanted.
  const bool is_early = !unsent_.empty();
  answers.push_back(take_answer());
  return {.failure = {}, .close = is_early || !parser_.keeps_alive() || !shared_->plan.keep_alive};
}

Reception Http1Client::end_of_stream(std::vector<Answer>& answers) {
  if (!is_busy_) return {.failure = {}, .close = true};
  if (parser_.end_of_stream() == ResponseParser::Progress::complete) {
    answers.push_back(take_answer());
    return {.failure = {}, .close = true};
  }
  return {.failure = Failure{parser_.has_begun() ? FailureKind::truncated : FailureKind::closed, 0}, .close = true};
}

}  // namespace shallop::loadgen
