// SPDX-License-Identifier: Apache-2.0
// getaddrinfo and what stands on it. Numeric names and services are answered here, without a host call, so that a guest
// binds and connects to literal addresses on hosts that resolve nothing.
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "address.hpp"
#include "imports.hpp"
#include "wasi_call.hpp"

namespace shallop::posix {
namespace {

constexpr wasi::Size max_results = 16;
constexpr wasi::Size max_canonical_name_bytes = 256;

struct SocketKind {
  int type;
  int protocol;
};
constexpr SocketKind stream_kind{SOCK_STREAM, IPPROTO_TCP};
constexpr SocketKind datagram_kind{SOCK_DGRAM, IPPROTO_UDP};

/// A list node and its address in one allocation, as freeaddrinfo expects it.
struct Node {
  addrinfo info;
  sockaddr_storage address;
};

class ListBuilder {
 public:
  explicit ListBuilder(const addrinfo& hints) noexcept : hints_(hints) {}

  /// A node for each kind of socket that the hints leave open. False when out of memory.
  bool add(const Endpoint& endpoint) noexcept {
    if (hints_.ai_socktype != SOCK_DGRAM && !add(endpoint, stream_kind)) return false;
    return hints_.ai_socktype == SOCK_STREAM || add(endpoint, datagram_kind);
  }

  /// Goes to the first node, as POSIX wants it. False when out of memory.
  bool name_first(const char* canonical_name) noexcept {
    return head_ == nullptr || (head_->ai_canonname = strdup(canonical_name)) != nullptr;
  }

  addrinfo* head() const noexcept { return head_; }

 private:
  bool add(const Endpoint& endpoint, SocketKind kind) noexcept {
    auto* const node = static_cast<Node*>(std::calloc(1, sizeof(Node)));
    if (node == nullptr) return false;
    node->info.ai_family = endpoint.length == wasi::inet4_address_bytes ? AF_INET : AF_INET6;
    node->info.ai_socktype = kind.type;
    node->info.ai_protocol = kind.protocol;
    node->info.ai_addr = reinterpret_cast<sockaddr*>(&node->address);
    node->info.ai_addrlen = sizeof node->address;
    store(endpoint, node->info.ai_addr, &node->info.ai_addrlen);
    (tail_ == nullptr ? head_ : tail_->ai_next) = &node->info;
    tail_ = &node->info;
    return true;
  }

  const addrinfo& hints_;
  addrinfo* head_ = nullptr;
  addrinfo* tail_ = nullptr;
};

int eai_of(wasi::Errno error) noexcept {
  switch (error) {
    case wasi::Errno::aiaddrfamily: return EAI_ADDRFAMILY;
    case wasi::Errno::aiagain: return EAI_AGAIN;
    case wasi::Errno::aibadflag: return EAI_BADFLAGS;
    case wasi::Errno::aifail: return EAI_FAIL;
    case wasi::Errno::aifamily: return EAI_FAMILY;
    case wasi::Errno::aimemory: return EAI_MEMORY;
    case wasi::Errno::ainodata: return EAI_NODATA;
    case wasi::Errno::ainoname: return EAI_NONAME;
    case wasi::Errno::aiservice: return EAI_SERVICE;
    case wasi::Errno::aisocktype: return EAI_SOCKTYPE;
    default: fail(error); return EAI_SYSTEM;
  }
}

wasi::Aiflags wasi_flags_of(int flags) noexcept {
  auto result = wasi::Aiflags::none;
  if ((flags & AI_PASSIVE) != 0) result |= wasi::Aiflags::passive;
  if ((flags & AI_CANONNAME) != 0) result |= wasi::Aiflags::canonname;
  if ((flags & AI_NUMERICHOST) != 0) result |= wasi::Aiflags::numerichost;
  if ((flags & AI_NUMERICSERV) != 0) result |= wasi::Aiflags::numericserv;
  if ((flags & AI_V4MAPPED) != 0) result |= wasi::Aiflags::v4mapped;
  if ((flags & AI_ALL) != 0) result |= wasi::Aiflags::ai_all;
  if ((flags & AI_ADDRCONFIG) != 0) result |= wasi::Aiflags::addrconfig;
  return result;
}

int check(const addrinfo& hints, const char* node, const char* service) noexcept {
  constexpr int known_flags =
      AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG | AI_NUMERICSERV;
  if (node == nullptr && service == nullptr) return EAI_NONAME;
  if ((hints.ai_flags & ~known_flags) != 0) return EAI_BADFLAGS;
  if ((hints.ai_flags & AI_CANONNAME) != 0 && node == nullptr) return EAI_BADFLAGS;
  if (hints.ai_family != AF_UNSPEC && hints.ai_family != AF_INET && hints.ai_family != AF_INET6) return EAI_FAMILY;
  if (hints.ai_socktype != 0 && hints.ai_socktype != SOCK_STREAM && hints.ai_socktype != SOCK_DGRAM) {
    return EAI_SOCKTYPE;
  }
  return 0;
}

/// The port that `service` spells in decimal; 0 for none.
std::optional<std::uint32_t> numeric_port(const char* service) noexcept {
  if (service == nullptr) return 0;
  if (*service < '0' || *service > '9') return std::nullopt;
  char* end = nullptr;
  const unsigned long port = std::strtoul(service, &end, 10);
  if (*end != '\0' || port > 0xffff) return std::nullopt;
  return static_cast<std::uint32_t>(port);
}

std::optional<Endpoint> numeric_endpoint(const char* node, int family, std::uint32_t port) noexcept {
  Endpoint endpoint{};
  endpoint.port = port;
  if (family != AF_INET6 && inet_pton(AF_INET, node, endpoint.bytes) == 1) {
    endpoint.length = wasi::inet4_address_bytes;
    return endpoint;
  }
  if (family != AF_INET && inet_pton(AF_INET6, node, endpoint.bytes) == 1) {
    endpoint.length = wasi::inet6_address_bytes;
    return endpoint;
  }
  return std::nullopt;
}

/// No node: the wildcard address to bind (AI_PASSIVE) or loopback to connect to.
Endpoint nodeless_endpoint(const addrinfo& hints, std::uint32_t port) noexcept {
  const bool passive = (hints.ai_flags & AI_PASSIVE) != 0;
  Endpoint endpoint{};
  endpoint.port = port;
  if (hints.ai_family == AF_INET6) {
    endpoint.length = wasi::inet6_address_bytes;
    if (!passive) endpoint.bytes[15] = 1;
  } else {
    endpoint.length = wasi::inet4_address_bytes;
    if (!passive) {
      endpoint.bytes[0] = 127;
      endpoint.bytes[3] = 1;
    }
  }
  return endpoint;
}

/// What sock_getaddrinfo fills: a list of nodes that the guest links up in advance. The data buffer is larger than what
/// Sockaddr::data_len says at the start because hosts write an IPv6 answer in full.
struct HostAnswer {
  wasi::Addrinfo nodes[max_results];
  wasi::Sockaddr addresses[max_results];
  std::uint8_t data[max_results][32];
  char canonical_names[max_results][max_canonical_name_bytes];

  void link_up() noexcept {
    std::memset(this, 0, sizeof *this);
    for (wasi::Size i = 0; i < max_results; ++i) {
      addresses[i].data = offset_of(data[i]);
      addresses[i].data_len = wasi::resolved_inet6_bytes;
      nodes[i].addr = offset_of(&addresses[i]);
      nodes[i].canonname = offset_of(canonical_names[i]);
      nodes[i].canonname_len = max_canonical_name_bytes;
      nodes[i].next = i + 1 < max_results ? offset_of(&nodes[i + 1]) : 0;
    }
  }

  std::optional<Endpoint> endpoint(wasi::Size index) const noexcept {
    const std::uint8_t* const bytes = data[index];
    Endpoint result{};
    result.port = static_cast<std::uint32_t>(bytes[0] << 8 | bytes[1]);
    if (addresses[index].family == wasi::AddressFamily::inet4) {
      result.length = wasi::inet4_address_bytes;
      std::memcpy(result.bytes, bytes + 2, wasi::inet4_address_bytes);
      return result;
    }
    if (addresses[index].family == wasi::AddressFamily::inet6) {
      result.length = wasi::inet6_address_bytes;
      std::memcpy(result.bytes, bytes + 6, wasi::inet6_address_bytes);  // behind port and flowinfo
      return result;
    }
    return std::nullopt;
  }
};

int resolve_on_host(const char* node, const char* service, const addrinfo& hints, ListBuilder& list) noexcept {
  auto* const answer = static_cast<HostAnswer*>(std::malloc(sizeof(HostAnswer)));
  if (answer == nullptr) return EAI_MEMORY;
  answer->link_up();

  // Always one definite kind of socket: WasmEdge aborts on the raw sockets that an open question brings up.
  wasi::Addrinfo wire_hints{};
  wire_hints.flags = wasi_flags_of(hints.ai_flags);
  wire_hints.family = static_cast<wasi::AddressFamily>(hints.ai_family);
  const bool datagram = hints.ai_socktype == SOCK_DGRAM;
  wire_hints.socktype = datagram ? wasi::SocketType::dgram : wasi::SocketType::stream;
  wire_hints.protocol = datagram ? wasi::IpProtocol::udp : wasi::IpProtocol::tcp;

  const auto length_of = [](const char* text) { return static_cast<wasi::Size>(text == nullptr ? 0 : strlen(text)); };
  wasi::Pointer first = offset_of(answer->nodes);
  wasi::Size count = 0;
  const std::int32_t result = imports::shallop_import_sock_getaddrinfo(
      node, length_of(node), service, length_of(service), &wire_hints, &first, max_results, &count);

  int status = result == 0 ? 0 : eai_of(errno_of(result));
  for (wasi::Size i = 0; status == 0 && i < count && i < max_results; ++i) {
    const auto endpoint = answer->endpoint(i);
    if (endpoint && !list.add(*endpoint)) status = EAI_MEMORY;
  }
  if (status == 0 && (hints.ai_flags & AI_CANONNAME) != 0) {
    answer->canonical_names[0][max_canonical_name_bytes - 1] = '\0';
    const char* const name = answer->canonical_names[0];
    if (!list.name_first(*name != '\0' ? name : node)) status = EAI_MEMORY;
  }
  std::free(answer);
  return status != 0 || list.head() != nullptr ? status : EAI_NODATA;
}

int resolve(const char* node, const char* service, const addrinfo& hints, ListBuilder& list) noexcept {
  const auto port = numeric_port(service);
  if (!port && (hints.ai_flags & AI_NUMERICSERV) != 0) return EAI_NONAME;
  if (port && node == nullptr) return list.add(nodeless_endpoint(hints, *port)) ? 0 : EAI_MEMORY;
  if (port) {
    if (const auto endpoint = numeric_endpoint(node, hints.ai_family, *port)) {
      const bool named = (hints.ai_flags & AI_CANONNAME) != 0;
      return list.add(*endpoint) && (!named || list.name_first(node)) ? 0 : EAI_MEMORY;
    }
  }
  if (node != nullptr && (hints.ai_flags & AI_NUMERICHOST) != 0) return EAI_NONAME;
  return resolve_on_host(node, service, hints, list);
}

}  // namespace
}  // namespace shallop::posix

using namespace shallop;
using namespace shallop::posix;

extern "C" {

int getaddrinfo(const char* __restrict node, const char* __restrict service, const addrinfo* __restrict hints,
                addrinfo** __restrict result) {
  const addrinfo any{};
  const addrinfo& asked = hints != nullptr ? *hints : any;
  if (const int status = check(asked, node, service); status != 0) return status;
  ListBuilder list(asked);
  const int status = resolve(node, service, asked, list);
  if (status != 0) {
    freeaddrinfo(list.head());
    return status;
  }
  *result = list.head();
  return 0;
}

void freeaddrinfo(addrinfo* list) {
  while (list != nullptr) {
    addrinfo* const next = list->ai_next;
    std::free(list->ai_canonname);
    std::free(list);  // the Node, whose first member it is
    list = next;
  }
}

const char* gai_strerror(int code) {
  switch (code) {
    case 0: return "Success";
    case EAI_BADFLAGS: return "Bad value for ai_flags";
    case EAI_NONAME: return "Name or service not known";
    case EAI_AGAIN: return "Temporary failure in name resolution";
    case EAI_FAIL: return "Non-recoverable failure in name resolution";
    case EAI_NODATA: return "No address associated with the name";
    case EAI_FAMILY: return "Address family not supported";
    case EAI_SOCKTYPE: return "Socket type not supported";
    case EAI_SERVICE: return "Service not supported for this socket type";
    case EAI_ADDRFAMILY: return "No address of this family for the name";
    case EAI_MEMORY: return "Out of memory";
    case EAI_SYSTEM: return "System error";
    case EAI_OVERFLOW: return "Result does not fit the buffer";
    default: return "Unknown error";
  }
}

int getnameinfo(const sockaddr* __restrict address, socklen_t length, char* __restrict host, socklen_t host_size,
                char* __restrict service, socklen_t service_size, int flags) {
  const auto endpoint = to_endpoint(address, length);
  if (!endpoint) return EAI_FAMILY;
  if ((flags & NI_NAMEREQD) != 0) return EAI_NONAME;
  const int family = endpoint->length == wasi::inet4_address_bytes ? AF_INET : AF_INET6;
  if (host != nullptr && host_size != 0 && inet_ntop(family, endpoint->bytes, host, host_size) == nullptr) {
    return EAI_OVERFLOW;
  }
  if (service != nullptr && service_size != 0) {
    const int written = std::snprintf(service, service_size, "%u", static_cast<unsigned>(endpoint->port));
    if (static_cast<socklen_t>(written) >= service_size) return EAI_OVERFLOW;
  }
  return 0;
}

int h_errno = 0;

hostent* gethostbyname(const char* name) {
  static char host_name[NI_MAXHOST];
  static in_addr addresses[max_results];
  static char* address_list[max_results + 1];
  static char* no_aliases[1] = {nullptr};
  static hostent entry;

  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int status = getaddrinfo(name, nullptr, &hints, &list); status != 0) {
    h_errno = status == EAI_AGAIN ? TRY_AGAIN : status == EAI_FAIL ? NO_RECOVERY : HOST_NOT_FOUND;
    return nullptr;
  }
  std::size_t count = 0;
  for (const addrinfo* node = list; node != nullptr && count < max_results; node = node->ai_next, ++count) {
    addresses[count] = reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr;
    address_list[count] = reinterpret_cast<char*>(&addresses[count]);
  }
  address_list[count] = nullptr;
  freeaddrinfo(list);
  std::snprintf(host_name, sizeof host_name, "%s", name);
  entry = {host_name, no_aliases, AF_INET, sizeof(in_addr), address_list};
  return &entry;
}

}  // extern "C"
