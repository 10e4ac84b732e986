// SPDX-License-Identifier: Apache-2.0
#include "wasi/name_lookup.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/signals_blocked.hpp"
#include "base/unique_fd.hpp"

namespace shallop::wasi {
namespace {

// glibc's resolver needs some 70 KiB; modules that the host's nsswitch.conf names may need more.
constexpr size_t stack_size_bytes = size_t{1} << 20;

class DetachedThread {
 public:
  DetachedThread() {
    pthread_attr_init(&attributes_);
    pthread_attr_setdetachstate(&attributes_, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes_, stack_size_bytes);
  }
  ~DetachedThread() { pthread_attr_destroy(&attributes_); }
  DetachedThread(const DetachedThread&) = delete;
  DetachedThread& operator=(const DetachedThread&) = delete;

  bool start(void* (*function)(void*), void* argument) {
    pthread_t thread;
    const SignalsBlocked blocked;
    const int error = pthread_create(&thread, &attributes_, function, argument);
    errno = error;
    return error == 0;
  }

 private:
  pthread_attr_t attributes_;
};

}  // namespace

LookupResult look_up(const NameQuery& query, Resolver resolver) {
  addrinfo* list = nullptr;
  const int error = resolver(query.node ? query.node->c_str() : nullptr,
                             query.service ? query.service->c_str() : nullptr, &query.hints, &list);
  if (error != 0) return std::unexpected(error);
  return AddressList(list);
}

struct NameLookup::Question {
  NameQuery query;
  Resolver resolver;
  UniqueFd answered;
  LookupResult result = std::unexpected(EAI_SYSTEM);
  int system_error = 0;  // errno of the thread that asked
};

void* NameLookup::ask(void* question) {
  const std::unique_ptr<std::shared_ptr<Question>> owner(static_cast<std::shared_ptr<Question>*>(question));
  Question& asked = **owner;
  asked.result = look_up(asked.query, asked.resolver);
  asked.system_error = errno;
  // Orders the result before the read in take().
  const uint64_t one = 1;
  static_cast<void>(::write(asked.answered.get(), &one, sizeof(one)));  // there is room for it: it is the first
  return nullptr;
}

NameLookup::NameLookup(NameQuery query, Resolver resolver) : question_(std::make_shared<Question>()) {
  question_->query = std::move(query);
  question_->resolver = resolver;
  question_->answered = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  auto for_thread = std::make_unique<std::shared_ptr<Question>>(question_);
  if (question_->answered && DetachedThread().start(ask, for_thread.get())) {
    static_cast<void>(for_thread.release());
    return;
  }
  question_->system_error = errno;
  question_->answered.reset();
}

int NameLookup::answer_fd() const { return question_->answered.get(); }

LookupResult NameLookup::take() {
  uint64_t count = 0;
  if (question_->answered && ::read(question_->answered.get(), &count, sizeof(count)) != sizeof(count)) {
    return std::unexpected(EAI_SYSTEM);
  }
  errno = question_->system_error;
  return std::move(question_->result);
}

}  // namespace shallop::wasi
