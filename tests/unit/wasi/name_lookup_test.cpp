// SPDX-License-Identifier: Apache-2.0
// With a resolver that answers when the test lets it: no name server is asked.
#include "wasi/name_lookup.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>

#include <chrono>
#include <cstring>
#include <semaphore>
#include <thread>

#include "runtime/interruption.hpp"
#include "unit/wasi/socket_guest.hpp"

namespace shallop::wasi {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

std::binary_semaphore may_answer{0};
std::binary_semaphore has_answered{0};

// 192.0.2.1 for every name, as soon as it may.
int answer_late(const char* node, const char*, const addrinfo* hints, addrinfo** list) {
  may_answer.acquire();
  addrinfo numeric = *hints;
  numeric.ai_flags = AI_NUMERICHOST;
  const int error = std::strcmp(node, "unknown") == 0 ? EAI_NONAME : ::getaddrinfo("192.0.2.1", "80", &numeric, list);
  has_answered.release();
  return error;
}

NameQuery query(std::string node) {
  NameQuery query{.node = std::move(node), .service = std::nullopt, .hints = {}};
  query.hints.ai_socktype = SOCK_STREAM;
  return query;
}

bool is_answered(const NameLookup& lookup, int timeout_ms) {
  pollfd fd{.fd = lookup.answer_fd(), .events = POLLIN, .revents = 0};
  return ::poll(&fd, 1, timeout_ms) == 1;
}

TEST(NameLookup, TellsWhenThereIsAnAnswer) {
  NameLookup lookup(query("late"), answer_late);
  EXPECT_FALSE(is_answered(lookup, 0));
  may_answer.release();
  ASSERT_TRUE(is_answered(lookup, 10'000));
  const LookupResult found = lookup.take();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(reinterpret_cast<const sockaddr_in*>((*found)->ai_addr)->sin_addr.s_addr, htonl(0xC000'0201));
  has_answered.acquire();
}

TEST(NameLookup, PassesErrorsOn) {
  NameLookup lookup(query("unknown"), answer_late);
  may_answer.release();
  ASSERT_TRUE(is_answered(lookup, 10'000));
  EXPECT_EQ(lookup.take().error(), EAI_NONAME);
  has_answered.acquire();
}

TEST(NameLookup, MayBeForgottenBeforeItsAnswer) {
  {
    const NameLookup lookup(query("late"), answer_late);
  }
  may_answer.release();
  has_answered.acquire();  // the sanitizers see what the thread touches afterwards
}

TEST(NameLookup, TakesNoSignalOfTheProcess) {
  static std::binary_semaphore asked{0};
  static sigset_t blocked;
  NameLookup lookup(query("any"), [](const char*, const char*, const addrinfo*, addrinfo**) {
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    asked.release();
    return EAI_NONAME;
  });
  asked.acquire();
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 1);
  EXPECT_EQ(sigismember(&blocked, SIGINT), 1);
}

// --- As a guest asks ---

class LateGetaddrinfoTest : public SocketTest {
 protected:
  LateGetaddrinfoTest() : SocketTest({.network = NetworkPolicy::open(), .worker = &worker_, .resolver = answer_late}) {}
  ~LateGetaddrinfoTest() override {
    may_answer.release();
    has_answered.acquire();
  }

  Errno look_up_late() {
    const auto address = guest_.put(Sockaddr{AddressFamily::unspec, 14, guest_.allocate(26)});
    Addrinfo node{};
    node.addr = address.address;
    const auto list = guest_.put<Pointer>(guest_.put(node).address);
    const auto name = guest_.text("late");
    Addrinfo hints{};
    hints.socktype = SocketType::stream;
    return sock_getaddrinfo(context(), caller(), name.pointer, name.size, {}, 0, guest_.put(hints), list, 1,
                            guest_.place<Size>());
  }

  WorkerState worker_;
};

TEST_F(LateGetaddrinfoTest, ATimeLimitEndsTheWait) {
  const Interrupter interrupter(milliseconds(20));
  EXPECT_EQ(look_up_late(), Errno::intr);
  EXPECT_TRUE(is_interrupted());
}

TEST_F(LateGetaddrinfoTest, ADrainEndsTheWaitOfAGuestThatHasNothingElseToDo) {
  Interrupter interrupter;
  const std::jthread supervisor([&] {
    std::this_thread::sleep_for(milliseconds(10));
    worker_.draining = true;
    // As the supervisor does: until the guest has noticed.
    while (!worker_.drain_noticed) {
      interrupter.wake();
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  EXPECT_EQ(look_up_late(), Errno::intr);
  EXPECT_TRUE(is_interrupted());
}

}  // namespace
}  // namespace shallop::wasi
