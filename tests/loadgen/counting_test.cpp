// SPDX-License-Identifier: Apache-2.0
// Every request is counted once, as what became of it: the report's counts are those of the server.
#include <gtest/gtest.h>

#include "loadgen/bench_program.hpp"
#include "loadgen/truth_server.hpp"

namespace shallop::loadgen {
namespace {

using std::chrono::milliseconds;

Reply always_answer(uint64_t /*number*/) { return {}; }

TEST(Counting, SendsExactlyTheRequestsAskedFor) {
  TruthServer server(always_answer);
  const BenchRun run = bench_json("-c 7 -t 3 -n 1000 -h " + server.url());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 1000U);
  EXPECT_EQ(run.total_errors(), 0U);
  EXPECT_EQ(server.requests(), 1000U);
  EXPECT_EQ(server.connections(), 7U);
  EXPECT_EQ(run.details().at("ending"), "requests");
  EXPECT_EQ(run.details().at("statuses").at("200"), 1000);
  EXPECT_EQ(run.details().at("in_flight").at("count"), 0);
  EXPECT_EQ(run.json.at("transfer_total"), 1000.0 * 61);
}

struct Fault {
  const char* name;
  Act act;
  const char* kind;
  const char* message;
};

void PrintTo(const Fault& fault, std::ostream* stream) { *stream << fault.name; }

class Faults : public testing::TestWithParam<Fault> {};

TEST_P(Faults, AreCountedByTheirKindAndNeverAsRequests) {
  const Fault& fault = GetParam();
  TruthServer server([&](uint64_t number) { return Reply{number % 100 == 42 ? fault.act : Act::answer, {}}; });
  const BenchRun run =
      bench_json("-c 4 -t 2 -n 1000 --timeout 1500ms -h " + server.url(), {"--expect-body", "Hello from GET request"});
  EXPECT_EQ(run.status, 1) << "errors are not success";
  EXPECT_EQ(server.requests(), 1000U);
  EXPECT_EQ(server.count(fault.act), 10U);
  EXPECT_EQ(run.errors(fault.kind), 10U) << run.out;
  EXPECT_EQ(run.total_errors(), 10U) << run.out;
  EXPECT_EQ(run.completed(), 990U);
  EXPECT_NE(run.details().at("errors").at("messages").dump().find(fault.message), std::string::npos) << run.out;
  EXPECT_NE(run.err.find("10 of 1000 requests failed"), std::string::npos) << run.err;
}

INSTANTIATE_TEST_SUITE_P(
    Each, Faults,
    testing::Values(Fault{"reset", Act::reset, "reset", "connection reset"},
                    Fault{"closed", Act::close_silently, "closed", "closed before the response"},
                    Fault{"truncated", Act::truncate, "truncated", "closed inside of it"},
                    Fault{"too_long", Act::exceed, "malformed", "bytes follow its end"},
                    Fault{"garbage", Act::garbage, "malformed", "does not begin with a status line"},
                    Fault{"endless_header", Act::endless_header, "malformed", "does not end within 64 KiB"},
                    Fault{"status_500", Act::fail, "status", "unexpected status 500"},
                    Fault{"other_body", Act::other_body, "body", "unexpected body"},
                    Fault{"never", Act::never, "timeout", "no response within the time limit"}),
    [](const auto& info) { return info.param.name; });

struct Form {
  const char* name;
  Act act;
};

void PrintTo(const Form& form, std::ostream* stream) { *stream << form.name; }

// What rewrk counts as errors, or as nothing at all, and is none.
class SoundForms : public testing::TestWithParam<Form> {};

TEST_P(SoundForms, AreSuccesses) {
  TruthServer server([&](uint64_t /*number*/) { return Reply{GetParam().act, {}}; });
  const BenchRun run = bench_json("-c 3 -n 300 -h " + server.url());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 300U) << run.out;
  EXPECT_EQ(run.total_errors(), 0U) << run.out;
}

INSTANTIATE_TEST_SUITE_P(Each, SoundForms,
                         testing::Values(Form{"close_after", Act::close_after}, Form{"until_close", Act::until_close},
                                         Form{"chunked", Act::chunked}, Form{"redirect", Act::redirect}),
                         [](const auto& info) { return info.param.name; });

// Long enough under load that a thread comes to poll its sockets, unless it sleeps for each answer.
TEST(Counting, StaysExactWhenConnectionsAreLostUnderLoad) {
  TruthServer server([](uint64_t number) { return Reply{number % 100 == 42 ? Act::reset : Act::answer, {}}; });
  const BenchRun run = bench_json("-c 8 -n 20000 -h " + server.url());
  EXPECT_EQ(server.requests(), 20'000U);
  EXPECT_EQ(run.completed(), 19'800U);
  EXPECT_EQ(run.errors("reset"), 200U) << run.out;
  EXPECT_EQ(run.total_errors(), 200U) << run.out;
}

TEST(Counting, ExpectsTheStatusesItIsTold) {
  TruthServer server([](uint64_t number) { return Reply{number % 2 == 0 ? Act::fail : Act::redirect, {}}; });
  const BenchRun only = bench_json("-c 1 -n 100 --expect-status 500 -h " + server.url());
  EXPECT_EQ(only.completed(), 50U);
  EXPECT_EQ(only.errors("status"), 50U);
  EXPECT_EQ(only.details().at("unexpected").at("count"), 50) << "their times are kept apart";
  EXPECT_EQ(bench_json("-c 1 -n 100 --expect-status 302,5xx -h " + server.url()).completed(), 100U);
}

TEST(Counting, MakesAConnectionForEachRequestWhenAsked) {
  TruthServer server(always_answer);
  const BenchRun run = bench_json("-c 1 -n 200 --no-keepalive -h " + server.url());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 200U);
  EXPECT_EQ(server.connections(), 200U);
  EXPECT_EQ(run.details().at("connect").at("count"), 200);
  EXPECT_NE(server.latest_request().find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST(Counting, EndsWhenTheErrorsAreTooMany) {
  TruthServer server([](uint64_t number) { return Reply{number % 2 == 0 ? Act::fail : Act::answer, {}}; });
  const BenchRun run = bench_json("-c 1 -d 30s --max-errors 20 -h " + server.url());
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.details().at("ending"), "error-budget");
  EXPECT_GE(run.total_errors(), 21U);
  EXPECT_LT(run.json.at("shallop").at("window_ns").get<int64_t>(), 10'000'000'000);
}

TEST(Counting, ToleratesTheErrorsThatAreAllowed) {
  TruthServer server([](uint64_t number) { return Reply{number % 100 == 0 ? Act::reset : Act::answer, {}}; });
  EXPECT_EQ(bench_json("-c 1 -n 1000 --max-errors 10 -h " + server.url()).status, 0);
  EXPECT_EQ(bench_json("-c 1 -n 1000 --max-errors 1% -h " + server.url()).status, 0);
  EXPECT_EQ(bench_json("-c 1 -n 1000 --max-errors 0.5% -h " + server.url()).status, 1);
}

TEST(Counting, AServerThatDiesLeavesWhatWasMeasured) {
  auto server = std::make_unique<TruthServer>(always_answer);
  const auto process = start_bench("-c 4 -d 2s --json --quiet -h " + server->url());
  while (server->requests() < 100) std::this_thread::sleep_for(milliseconds(5));
  server.reset();
  const BenchRun run = finish_bench(*process);
  EXPECT_EQ(run.status, 1);
  EXPECT_GE(run.completed(), 90U);
  EXPECT_GT(run.errors("connect"), 0U) << run.out;
  EXPECT_NE(run.err.find("Connection refused"), std::string::npos) << run.err;
}

TEST(Counting, WithoutADurationAServerThatIsGoneEndsTheRun) {
  auto server = std::make_unique<TruthServer>(always_answer);
  const auto process = start_bench("-c 4 -n 1000000000 --connect-timeout 300ms --json --quiet -h " + server->url());
  while (server->requests() < 100) std::this_thread::sleep_for(milliseconds(5));
  server.reset();
  const BenchRun run = finish_bench(*process);
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.details().at("ending"), "server-gone");
}

TEST(Counting, TellsWhatWasInFlightAtTheEnd) {
  TruthServer server([](uint64_t number) { return Reply{number < 3 ? Act::never : Act::answer, {}}; });
  const BenchRun run = bench_json("-c 8 -d 400ms -h " + server.url());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.total_errors(), 0U);
  EXPECT_GE(run.details().at("in_flight").at("count"), 3);
  EXPECT_NEAR(run.details().at("in_flight").at("oldest_ns").get<double>(), 4e8, 1e8);
}

TEST(Counting, LeavesTheWarmUpOut) {
  TruthServer server(always_answer);
  const BenchRun run = bench_json("-c 2 -n 500 --warmup 300ms -h " + server.url());
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 500U);
  EXPECT_GT(server.requests(), 500U) << "there was no warm-up";
}

TEST(Counting, AsksSeveralUrlsInTurn) {
  TruthServer one(always_answer);
  TruthServer other(always_answer);
  const BenchRun run = bench_json("-c 2 -n 400 -h " + one.url() + "/a -h " + other.url() + "/b -h " + one.url() + "/c");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 400U);
  EXPECT_EQ(one.requests() + other.requests(), 400U);
  EXPECT_GT(one.requests(), 0U);
  EXPECT_GT(other.requests(), 0U);
  EXPECT_TRUE(other.latest_request().starts_with("GET /b HTTP/1.1\r\nHost: 127.0.0.1:")) << other.latest_request();
}

TEST(Counting, SendsTheRequestAsDescribed) {
  TruthServer server(always_answer);
  EXPECT_EQ(bench_json("-c 1 -n 1 -m post -b data -H X-A:b -h " + server.url() + "/p?q", {"-H", "X-B: c d"}).status, 0);
  EXPECT_EQ(server.latest_request(), "POST /p?q HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                                         "\r\nX-A: b\r\nX-B: c d\r\nContent-Length: 4\r\n\r\n");
}

}  // namespace
}  // namespace shallop::loadgen
