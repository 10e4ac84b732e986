// SPDX-License-Identifier: Apache-2.0
#include "wasi/name_lookup.hpp"

#include <netdb.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <memory>

namespace shallop::wasi {
namespace {

// As glibc's resolver has them (resolv.conf(5)): with one server that is dead, the answer is EAI_AGAIN after 15
// seconds.
constexpr int first_timeout_ms = 5'000;
constexpr int tries = 2;

int to_addrinfo_error(int status) {
  switch (status) {
    case ARES_SUCCESS: return 0;
    case ARES_ENODATA: return EAI_NODATA;
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
    case ARES_EBADNAME: return EAI_NONAME;
    case ARES_EBADFAMILY: return EAI_FAMILY;
    case ARES_ENOMEM: return EAI_MEMORY;
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
    case ARES_ECONNREFUSED:
    case ARES_ETIMEOUT: return EAI_AGAIN;
    default: return EAI_FAIL;
  }
}

struct FreeFound {
  void operator()(ares_addrinfo* found) const { ares_freeaddrinfo(found); }
};

// Where the aliases end.
std::string canonical_name(const ares_addrinfo& found) {
  const char* name = found.name;
  for (const ares_addrinfo_cname* each = found.cnames; each != nullptr; each = each->next) name = each->name;
  return name != nullptr ? name : "";
}

}  // namespace

NameLookup::NameLookup(const std::string& name, int family, const std::string& servers)
    : sockets_(::epoll_create1(EPOLL_CLOEXEC)) {
  ares_options options{};
  options.timeout = first_timeout_ms;
  options.tries = tries;
  options.sock_state_cb = watch;
  options.sock_state_cb_data = this;
  int status =
      sockets_ ? ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB)
               : int{ARES_ENOMEM};
  if (status == ARES_SUCCESS && !servers.empty()) status = ares_set_servers_ports_csv(channel_, servers.c_str());
  if (status != ARES_SUCCESS) {
    answer_ = NameAnswer{.error = to_addrinfo_error(status), .addresses = {}, .canonical_name = {}};
    return;
  }
  const ares_addrinfo_hints hints{
      .ai_flags = ARES_AI_CANONNAME, .ai_family = family, .ai_socktype = 0, .ai_protocol = 0};
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, answer, this);
}

NameLookup::~NameLookup() {
  if (channel_ != nullptr) ares_destroy(channel_);  // answers ARES_EDESTRUCTION and closes its sockets
}

void NameLookup::watch(void* lookup, ares_socket_t socket, int readable, int writable) {
  const int sockets = static_cast<NameLookup*>(lookup)->sockets_.get();
  epoll_event event{};
  event.events = (readable != 0 ? uint32_t{EPOLLIN} : 0) | (writable != 0 ? uint32_t{EPOLLOUT} : 0);
  event.data.fd = socket;
  if (event.events == 0)
    ::epoll_ctl(sockets, EPOLL_CTL_DEL, socket, nullptr);
  else if (::epoll_ctl(sockets, EPOLL_CTL_MOD, socket, &event) != 0 && errno == ENOENT)
    ::epoll_ctl(sockets, EPOLL_CTL_ADD, socket, &event);  // where that fails, the question ends by its timeout
}

void NameLookup::answer(void* lookup, int status, int, ares_addrinfo* found) {
  const std::unique_ptr<ares_addrinfo, FreeFound> owner(found);
  NameAnswer& answer = static_cast<NameLookup*>(lookup)->answer_.emplace();
  answer.error = to_addrinfo_error(status);
  if (answer.error != 0 || found == nullptr) return;
  for (const ares_addrinfo_node* each = found->nodes; each != nullptr; each = each->ai_next) {
    answer.addresses.push_back(SocketAddress::from_host(*each->ai_addr, each->ai_addrlen));
  }
  answer.canonical_name = canonical_name(*found);
  if (answer.addresses.empty()) answer.error = EAI_NODATA;
}

int NameLookup::timeout_ms() const {
  timeval left{};
  if (is_answered() || ares_timeout(channel_, nullptr, &left) == nullptr) return -1;
  // Rounded up, so that the time is over when this has passed.
  return static_cast<int>(left.tv_sec * 1'000 + (left.tv_usec + 999) / 1'000);
}

void NameLookup::step() {
  if (is_answered()) return;
  std::array<epoll_event, 16> ready;
  const int count = ::epoll_wait(sockets_.get(), ready.data(), ready.size(), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& each = ready[static_cast<size_t>(i)];
    const ares_socket_t socket = each.data.fd;
    const bool is_readable = (each.events & ~uint32_t{EPOLLOUT}) != 0;  // errors are told by reading
    ares_process_fd(channel_, is_readable ? socket : ARES_SOCKET_BAD,
                    (each.events & EPOLLOUT) != 0 ? socket : ARES_SOCKET_BAD);
  }
  if (count <= 0) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what is due by now
}

}  // namespace shallop::wasi
