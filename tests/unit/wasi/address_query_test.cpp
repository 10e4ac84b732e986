// SPDX-License-Identifier: Apache-2.0
#include "wasi/address_query.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <string>
#include <thread>
#include <vector>

namespace shallop::wasi {
namespace {

using Texts = std::vector<std::string>;

NameAnswer both_families() {
  return {.error = 0,
          .addresses = {SocketAddress::parse("2001:db8::7", 0).value(), SocketAddress::parse("192.0.2.1", 0).value()},
          .canonical_name = "real.example"};
}

const std::vector<SocketKind> one_kind{{.type = SOCK_STREAM, .protocol = IPPROTO_TCP, .port = 80}};

addrinfo hints(int family, int flags) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_flags = flags;
  return hints;
}

Texts texts(const AddressesOrError& found) {
  Texts texts;
  for (const FoundAddress& each : found.value().list) texts.push_back(each.address.text());
  return texts;
}

TEST(AddressQuery, GivesEachAddressInEachKind) {
  const std::vector<SocketKind> kinds{{.type = SOCK_STREAM, .protocol = IPPROTO_TCP, .port = 53},
                                      {.type = SOCK_DGRAM, .protocol = IPPROTO_UDP, .port = 54}};
  const auto found = combine(both_families(), kinds, hints(AF_UNSPEC, 0));
  EXPECT_EQ(texts(found), (Texts{"[2001:db8::7]:53", "[2001:db8::7]:54", "192.0.2.1:53", "192.0.2.1:54"}));
  EXPECT_EQ(found->list[1].kind.type, SOCK_DGRAM);
  EXPECT_EQ(found->list[1].kind.protocol, IPPROTO_UDP);
}

TEST(AddressQuery, MapsIpv4AddressesAsTheFlagsSay) {
  EXPECT_EQ(texts(combine(both_families(), one_kind, hints(AF_INET6, AI_V4MAPPED))), (Texts{"[2001:db8::7]:80"}));
  EXPECT_EQ(texts(combine(both_families(), one_kind, hints(AF_INET6, AI_V4MAPPED | AI_ALL))),
            (Texts{"[2001:db8::7]:80", "[::ffff:192.0.2.1]:80"}));
  // Without AF_INET6 the flags mean nothing.
  EXPECT_EQ(texts(combine(both_families(), one_kind, hints(AF_UNSPEC, AI_V4MAPPED | AI_ALL))),
            (Texts{"[2001:db8::7]:80", "192.0.2.1:80"}));
  EXPECT_EQ(family_to_ask(hints(AF_INET6, AI_V4MAPPED)), AF_UNSPEC);
  EXPECT_EQ(family_to_ask(hints(AF_INET6, 0)), AF_INET6);
}

TEST(AddressQuery, PassesTheErrorAndTheCanonicalNameOn) {
  EXPECT_EQ(combine({.error = EAI_AGAIN, .addresses = {}, .canonical_name = {}}, one_kind, hints(AF_INET, 0)).error(),
            EAI_AGAIN);
  EXPECT_EQ(combine(both_families(), one_kind, hints(AF_UNSPEC, 0))->canonical_name, "");
  EXPECT_EQ(combine(both_families(), one_kind, hints(AF_UNSPEC, AI_CANONNAME))->canonical_name, "real.example");
}

TEST(AddressQuery, KindsAreThoseThatTheHintsAllow) {
  AddressQuery query{.node = "any.example", .service = "8080", .hints = hints(AF_INET6, AI_CANONNAME)};
  const auto all = find_kinds(query);
  ASSERT_TRUE(all.has_value());
  EXPECT_GE(all->size(), 2u);
  query.hints.ai_socktype = SOCK_DGRAM;
  const auto datagrams = find_kinds(query);
  ASSERT_TRUE(datagrams.has_value());
  ASSERT_EQ(datagrams->size(), 1u);
  EXPECT_EQ(datagrams->front().protocol, IPPROTO_UDP);
  EXPECT_EQ(datagrams->front().port, 8080);
  query.service.reset();
  EXPECT_EQ(find_kinds(query).value().front().port, 0);
  query.service = "no number";
  query.hints.ai_flags = AI_NUMERICSERV;
  EXPECT_EQ(find_kinds(query).error(), EAI_NONAME);
}

TEST(AddressQuery, AsksForNoFamilyThatTheMachineLacks) {
  std::thread([] {
    if (::unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "only root has networks of its own";
    EXPECT_EQ(family_to_ask(hints(AF_UNSPEC, AI_ADDRCONFIG)), AF_UNSPEC);
    EXPECT_EQ(family_to_ask(hints(AF_INET, AI_ADDRCONFIG)), std::unexpected(EAI_NONAME));
    EXPECT_EQ(family_to_ask(hints(AF_INET6, AI_ADDRCONFIG)), std::unexpected(EAI_NONAME));
    EXPECT_EQ(family_to_ask(hints(AF_INET, 0)), AF_INET);
  }).join();
}

}  // namespace
}  // namespace shallop::wasi
