// SPDX-License-Identifier: Apache-2.0
#include "wasi/name_lookup.hpp"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "base/parse_number.hpp"

namespace shallop::wasi {
namespace {

// How long each server is waited for, and how often each is asked: "options timeout:N attempts:N" of resolv.conf(5),
// with its defaults and limits. c-ares 1.18 reads other words there, and doubles the time with each round: with one
// server that is dead and nothing configured, the answer is EAI_AGAIN after 15 seconds.
struct Patience {
  int timeout_s = 5;
  int attempts = 2;
};

void take_option(std::string_view option, std::string_view name, int most, int& value) {
  if (!option.starts_with(name)) return;
  if (const auto number = parse_number<int>(option.substr(name.size()), 1)) value = std::min(*number, most);
}

Patience patience_of(std::istream& configuration) {
  Patience patience;
  for (std::string line; std::getline(configuration, line);) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word != "options") continue;
    while (words >> word) {
      take_option(word, "timeout:", 30, patience.timeout_s);
      take_option(word, "attempts:", 5, patience.attempts);
    }
  }
  return patience;
}

// Where there is no /dev/urandom, c-ares takes the numbers of its questions, which a forger must not know, from
// rand(3).
void seed_numbers() {
  static const bool seeded = [] {
    unsigned seed = 0;
    if (::getrandom(&seed, sizeof seed, 0) == sizeof seed) ::srand(seed);
    return true;
  }();
  static_cast<void>(seeded);
}

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
  seed_numbers();
  std::ifstream configuration("/etc/resolv.conf");
  const Patience patience = patience_of(configuration);
  char hosts_file_first[] = "fb";  // whatever /etc/nsswitch.conf says
  ares_options options{};
  options.flags = ARES_FLAG_NOALIASES;  // no file that the environment names
  options.lookups = hosts_file_first;
  options.timeout = patience.timeout_s * 1'000;
  options.tries = patience.attempts;
  options.sock_state_cb = watch;
  options.sock_state_cb_data = this;
  constexpr int given =
      ARES_OPT_FLAGS | ARES_OPT_LOOKUPS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  int status = sockets_ ? ares_init_options(&channel_, &options, given) : int{ARES_ENOMEM};
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

void NameLookup::answer(void* lookup, int status, int, ares_addrinfo* found) noexcept {
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
