// SPDX-License-Identifier: Apache-2.0
// With a name server of the test's own: nobody else is asked.
#include "wasi/name_lookup.hpp"

#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "runtime/interruption.hpp"
#include "unit/wasi/name_server.hpp"
#include "unit/wasi/socket_guest.hpp"

namespace shallop::wasi {
namespace {

using std::chrono::milliseconds;
using Reply = NameServer::Reply;

const std::string inet4_bytes("\xC0\x00\x02\x01", 4);                             // 192.0.2.1
const std::string inet6_bytes("\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);  // 2001:db8::7

// Names end in .example., so that a search list of the machine does not lengthen them.
std::optional<Reply> known_names(const std::string& name, uint16_t type) {
  if (name == "both.example") {
    if (type == NameServer::a) return Reply{.records = {{NameServer::a, inet4_bytes}}};
    if (type == NameServer::aaaa) return Reply{.records = {{NameServer::aaaa, inet6_bytes}}};
  }
  if (name == "old.example") {
    return type == NameServer::a ? Reply{.records = {{NameServer::a, inet4_bytes}}} : Reply{};
  }
  if (name == "alias.example") {
    if (type != NameServer::a) return Reply{.records = {{NameServer::cname, "old.example"}}};
    return Reply{.records = {{NameServer::cname, "old.example"}, {NameServer::a, inet4_bytes}}};
  }
  if (name == "broken.example") return Reply{.code = NameServer::server_failure};
  if (name == "empty.example") return Reply{};
  if (name == "silent.example") return std::nullopt;
  return Reply{.code = NameServer::no_such_name};
}

NameAnswer answer_of(NameLookup& lookup) {
  while (!lookup.is_answered()) {
    pollfd sockets{.fd = lookup.fd(), .events = POLLIN, .revents = 0};
    ::poll(&sockets, 1, lookup.timeout_ms());
    lookup.step();
  }
  return lookup.take();
}

NameAnswer ask(const std::string& name, int family) {
  const NameServer server(known_names);
  NameLookup lookup(name, family, server.address());
  return answer_of(lookup);
}

std::vector<std::string> texts(const NameAnswer& answer) {
  std::vector<std::string> sorted;
  for (const SocketAddress& each : answer.addresses) sorted.push_back(each.text());
  std::ranges::sort(sorted);
  return sorted;
}

using Texts = std::vector<std::string>;

TEST(NameLookup, FindsAddressesOfBothFamilies) {
  EXPECT_EQ(texts(ask("both.example.", AF_UNSPEC)), (Texts{"192.0.2.1:0", "[2001:db8::7]:0"}));
  EXPECT_EQ(texts(ask("both.example.", AF_INET)), (Texts{"192.0.2.1:0"}));
  EXPECT_EQ(texts(ask("both.example.", AF_INET6)), (Texts{"[2001:db8::7]:0"}));
  EXPECT_EQ(texts(ask("old.example.", AF_UNSPEC)), (Texts{"192.0.2.1:0"}));
}

TEST(NameLookup, FollowsAliases) {
  const NameAnswer answer = ask("alias.example.", AF_INET);
  EXPECT_EQ(texts(answer), (Texts{"192.0.2.1:0"}));
  EXPECT_EQ(answer.canonical_name, "old.example");
}

TEST(NameLookup, TellsWhyThereIsNoAnswer) {
  EXPECT_EQ(ask("unknown.example.", AF_UNSPEC).error, EAI_NONAME);
  EXPECT_EQ(ask("empty.example.", AF_UNSPEC).error, EAI_NODATA);
  EXPECT_EQ(ask("broken.example.", AF_INET).error, EAI_AGAIN);
  EXPECT_EQ(ask(std::string(300, 'x') + ".example.", AF_INET).error, EAI_NONAME);
  EXPECT_EQ(ask("a..b.", AF_INET).error, EAI_NONAME);
}

TEST(NameLookup, GoesOnToTheNextServer) {
  const NameServer broken([](const std::string&, uint16_t) { return Reply{.code = NameServer::server_failure}; });
  const NameServer server(known_names);
  NameLookup lookup("both.example.", AF_INET, broken.address() + "," + server.address());
  EXPECT_EQ(texts(answer_of(lookup)), (Texts{"192.0.2.1:0"}));
  EXPECT_GE(broken.questions(), 1);
}

TEST(NameLookup, MayBeGivenUpBeforeItsAnswer) {
  const NameServer server(known_names);
  {
    NameLookup lookup("silent.example.", AF_UNSPEC, server.address());
    lookup.step();
    EXPECT_FALSE(lookup.is_answered());
    EXPECT_GT(lookup.timeout_ms(), 0);
    EXPECT_LE(lookup.timeout_ms(), 5'000);
  }
  NameLookup next("both.example.", AF_INET, server.address());
  EXPECT_EQ(texts(answer_of(next)), (Texts{"192.0.2.1:0"}));
}

TEST(NameLookup, RefusesServersThatAreNone) {
  NameLookup lookup("both.example.", AF_INET, "not a server");
  ASSERT_TRUE(lookup.is_answered());
  EXPECT_NE(lookup.take().error, 0);
}

// --- As a guest asks ---

class AskingGuestTest : public SocketTest {
 protected:
  AskingGuestTest() : AskingGuestTest(std::make_unique<NameServer>(known_names)) {}

  struct Found {
    Errno error;
    Size count;
    Addrinfo node;
    std::string data;  // of its address: port, then address
    std::string name;
  };
  Found look_up(std::string_view name, Addrinfo hints, std::string_view service = {}) {
    const Pointer data = guest_.allocate(26);
    const auto address = guest_.put(Sockaddr{AddressFamily::unspec, 14, data});
    Addrinfo node{};
    node.addr = address.address;
    node.canonname_len = 30;
    node.canonname = guest_.allocate(node.canonname_len);
    const auto list_node = guest_.put(node);
    const auto list = guest_.put<Pointer>(list_node.address);
    const auto node_text = guest_.text(name);
    const auto service_text = guest_.text(service);
    const auto count = guest_.place<Size>();
    const Errno error = sock_getaddrinfo(context(), caller(), node_text.pointer, node_text.size, service_text.pointer,
                                         service_text.size, guest_.put(hints), list, 1, count);
    const Addrinfo result = guest_.get(list_node);
    const size_t size = result.family == AddressFamily::inet6 ? 26 : 6;
    return {error, guest_.get(count), result, guest_.string(data, static_cast<Size>(size)),
            guest_.string(result.canonname, result.canonname_len)};
  }
  static Addrinfo stream_hints(AddressFamily family, Aiflags flags = Aiflags::none) {
    Addrinfo hints{};
    hints.flags = flags;
    hints.family = family;
    hints.socktype = SocketType::stream;
    return hints;
  }

 private:
  explicit AskingGuestTest(std::unique_ptr<NameServer> server)
      : SocketTest({.network = NetworkPolicy::open(), .worker = &worker_, .name_servers = server->address()}),
        server_(std::move(server)) {}

 protected:
  WorkerState worker_;
  std::unique_ptr<NameServer> server_;
};

TEST_F(AskingGuestTest, GetsAnAddressWithThePortOfTheService) {
  const Found found = look_up("both.example.", stream_hints(AddressFamily::inet4), "8080");
  ASSERT_EQ(found.error, Errno::success);
  EXPECT_EQ(found.count, 1u);
  EXPECT_EQ(found.node.socktype, SocketType::stream);
  EXPECT_EQ(found.node.protocol, IpProtocol::tcp);
  EXPECT_EQ(found.data, "\x1F\x90" + inet4_bytes);
}

TEST_F(AskingGuestTest, GetsTheCanonicalNameIfItAsks) {
  EXPECT_EQ(look_up("alias.example.", stream_hints(AddressFamily::inet4)).name, "");
  const Found found = look_up("alias.example.", stream_hints(AddressFamily::inet4, Aiflags::canonname));
  EXPECT_EQ(found.name, "old.example");
}

TEST_F(AskingGuestTest, GetsMappedAddressesWhereThereAreNoOthers) {
  const Found mapped = look_up("old.example.", stream_hints(AddressFamily::inet6, Aiflags::v4mapped));
  ASSERT_EQ(mapped.error, Errno::success);
  EXPECT_EQ(mapped.data.substr(6, 16), std::string(10, '\0') + "\xFF\xFF" + inet4_bytes);
  const Found own = look_up("both.example.", stream_hints(AddressFamily::inet6, Aiflags::v4mapped));
  EXPECT_EQ(own.data.substr(6, 16), inet6_bytes);
  EXPECT_EQ(look_up("old.example.", stream_hints(AddressFamily::inet6)).error, Errno::ainodata);
}

TEST_F(AskingGuestTest, IsToldWhatIsWrong) {
  EXPECT_EQ(look_up("unknown.example.", stream_hints(AddressFamily::unspec)).error, Errno::ainoname);
  EXPECT_EQ(look_up("broken.example.", stream_hints(AddressFamily::inet4)).error, Errno::aiagain);
  const int before = server_->questions();
  EXPECT_EQ(look_up("both.example.", stream_hints(AddressFamily::inet4), "no-such-service").error, Errno::aiservice);
  EXPECT_EQ(look_up("both.example.", stream_hints(AddressFamily::inet4, Aiflags::numerichost)).error, Errno::ainoname);
  EXPECT_EQ(server_->questions(), before) << "a name was asked for in vain";
}

TEST_F(AskingGuestTest, ATimeLimitEndsTheWait) {
  const Interrupter interrupter(milliseconds(20));
  EXPECT_EQ(look_up("silent.example.", stream_hints(AddressFamily::unspec)).error, Errno::intr);
  EXPECT_TRUE(is_interrupted());
}

TEST_F(AskingGuestTest, ADrainEndsTheWaitOfAGuestThatHasNothingElseToDo) {
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
  EXPECT_EQ(look_up("silent.example.", stream_hints(AddressFamily::unspec)).error, Errno::intr);
  EXPECT_TRUE(is_interrupted());
}

}  // namespace
}  // namespace shallop::wasi
