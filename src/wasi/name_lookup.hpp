// SPDX-License-Identifier: Apache-2.0
// getaddrinfo(3) for those who must be able to give up. It may ask name servers for many seconds, and nothing can stop
// it; so it runs on a thread of its own, which is left to itself when nobody waits for its answer any more.
#pragma once

#include <netdb.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace shallop::wasi {

struct NameQuery {
  std::optional<std::string> node;
  std::optional<std::string> service;
  addrinfo hints{};
};

// Of getaddrinfo(3)'s type. It may still be running when its caller, and all that the caller had, is gone.
using Resolver = int (*)(const char* node, const char* service, const addrinfo* hints, addrinfo** list);

struct FreeAddrinfo {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, FreeAddrinfo>;
// The error is one of EAI_*; with EAI_SYSTEM, errno tells more.
using LookupResult = std::expected<AddressList, int>;

// Asks on the caller's thread.
LookupResult look_up(const NameQuery& query, Resolver resolver = ::getaddrinfo);

// One question that is being asked.
class NameLookup {
 public:
  explicit NameLookup(NameQuery query, Resolver resolver = ::getaddrinfo);

  // Readable (poll(2)) as soon as there is an answer; -1 when there is one already, because the host had no thread or
  // descriptor for the question.
  int answer_fd() const;
  // Once, when there is an answer.
  LookupResult take();

 private:
  struct Question;
  static void* ask(void* question);

  std::shared_ptr<Question> question_;  // the other owner is the thread
};

}  // namespace shallop::wasi
