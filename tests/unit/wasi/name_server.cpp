// SPDX-License-Identifier: Apache-2.0
#include "unit/wasi/name_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <string_view>
#include <utility>

namespace shallop::wasi {
namespace {

constexpr size_t header_size = 12;
constexpr uint16_t internet = 1;

struct Question {
  std::string name;
  uint16_t type = 0;
  size_t end = 0;  // in the message
};

std::string big_endian(uint16_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)}; }

// Our own resolver's: it is well-formed.
Question question_of(std::string_view message) {
  Question question;
  size_t at = header_size;
  while (message.at(at) != 0) {
    const auto length = static_cast<uint8_t>(message.at(at));
    if (!question.name.empty()) question.name += '.';
    for (const char each : message.substr(at + 1, length)) {
      question.name += static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    }
    at += size_t{1} + length;
  }
  question.type =
      static_cast<uint16_t>(static_cast<uint8_t>(message.at(at + 1)) << 8 | static_cast<uint8_t>(message.at(at + 2)));
  question.end = at + 5;
  return question;
}

std::string encoded_name(std::string_view name) {
  std::string encoded;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    encoded += static_cast<char>(label.size());
    encoded += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return encoded + '\0';
}

std::string message_of(std::string_view asked, const Question& question, const NameServer::Reply& reply) {
  std::string message(asked.substr(0, 2));          // the question's number
  message += "\x81";                                // a response; recursion desired
  message += static_cast<char>(0x80 | reply.code);  // recursion available
  message += big_endian(1);                         // questions
  message += big_endian(static_cast<uint16_t>(reply.records.size()));
  message += big_endian(0) + big_endian(0);  // authorities, additional records
  message += asked.substr(header_size, question.end - header_size);
  std::string owner = encoded_name(question.name);
  for (const NameServer::Record& record : reply.records) {
    const std::string value = record.type == NameServer::cname ? encoded_name(record.value) : record.value;
    message += owner + big_endian(record.type) + big_endian(internet);
    message += big_endian(0) + big_endian(60);  // seconds to live
    message += big_endian(static_cast<uint16_t>(value.size())) + value;
    if (record.type == NameServer::cname) owner = value;
  }
  return message;
}

}  // namespace

NameServer::NameServer(Answer answer)
    : answer_(std::move(answer)),
      socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this] { serve(); });
}

NameServer::~NameServer() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void NameServer::serve() {
  for (;;) {
    pollfd waiting[] = {{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                        {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
    ::poll(waiting, 2, -1);
    if (waiting[1].revents != 0) return;
    char bytes[512];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t count = ::recvfrom(socket_.get(), bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (count < static_cast<ssize_t>(header_size)) continue;
    const std::string_view asked(bytes, static_cast<size_t>(count));
    const Question question = question_of(asked);
    ++questions_;
    const auto reply = answer_(question.name, question.type);
    if (!reply) continue;
    const std::string message = message_of(asked, question, *reply);
    ::sendto(socket_.get(), message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
  }
}

}  // namespace shallop::wasi
