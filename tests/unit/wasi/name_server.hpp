// SPDX-License-Identifier: Apache-2.0
// A name server (RFC 1035) on a port of 127.0.0.1 that knows what a test tells it, over UDP.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace shallop::wasi {

class NameServer {
 public:
  struct Record {
    uint16_t type;      // a, aaaa, cname
    std::string value;  // bytes of an address; a name
  };
  struct Reply {
    uint8_t code = 0;  // RCODE: no_error, server_failure, no_such_name
    std::vector<Record> records{};
  };
  static constexpr uint16_t a = 1;
  static constexpr uint16_t cname = 5;
  static constexpr uint16_t aaaa = 28;
  static constexpr uint8_t no_error = 0;
  static constexpr uint8_t server_failure = 2;
  static constexpr uint8_t no_such_name = 3;

  // `answer` is called on a thread of the server's own with the name in lower case and the type; without a reply the
  // server is silent.
  using Answer = std::function<std::optional<Reply>(const std::string& name, uint16_t type)>;
  explicit NameServer(Answer answer);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // As NameLookup takes it: "127.0.0.1:PORT".
  const std::string& address() const { return address_; }
  int questions() const { return questions_; }

 private:
  void serve();

  Answer answer_;
  UniqueFd socket_;
  UniqueFd stop_;
  std::string address_;
  std::atomic<int> questions_ = 0;
  std::thread thread_;
};

}  // namespace shallop::wasi
