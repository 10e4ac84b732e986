// SPDX-License-Identifier: Apache-2.0
// sock_getaddrinfo: what getaddrinfo(3) promises, into a list of nodes that the guest has laid out.
// The guest may wait for name servers; when it is to end meanwhile, it does.
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "runtime/interruption.hpp"
#include "wasi/address_query.hpp"
#include "wasi/errno.hpp"
#include "wasi/functions.hpp"
#include "wasi/socket_address.hpp"

namespace shallop::wasi {
namespace {

constexpr std::array<std::pair<Aiflags, int>, 7> flag_pairs{{
    {Aiflags::passive, AI_PASSIVE},
    {Aiflags::canonname, AI_CANONNAME},
    {Aiflags::numerichost, AI_NUMERICHOST},
    {Aiflags::numericserv, AI_NUMERICSERV},
    {Aiflags::v4mapped, AI_V4MAPPED},
    {Aiflags::ai_all, AI_ALL},
    {Aiflags::addrconfig, AI_ADDRCONFIG},
}};

// Of getaddrinfo(3).
Errno to_lookup_errno(int error) {
  switch (error) {
    case EAI_ADDRFAMILY: return Errno::aiaddrfamily;
    case EAI_AGAIN: return Errno::aiagain;
    case EAI_BADFLAGS: return Errno::aibadflag;
    case EAI_FAIL: return Errno::aifail;
    case EAI_FAMILY: return Errno::aifamily;
    case EAI_MEMORY: return Errno::aimemory;
    case EAI_NODATA: return Errno::ainodata;
    case EAI_NONAME: return Errno::ainoname;
    case EAI_SERVICE: return Errno::aiservice;
    case EAI_SOCKTYPE: return Errno::aisocktype;
    default: return Errno::aisystem;
  }
}

struct Query {
  std::optional<std::string> node;
  std::optional<std::string> service;
  Addrinfo hints{};
};

// A text of at most `size` bytes, or up to a NUL; none when its size is 0.
std::expected<std::optional<std::string>, Errno> read_name(const GuestMemory& memory, GuestBytes text, Size size) {
  if (size == 0) return std::nullopt;
  const std::span<const std::byte> bytes = memory.bytes(text, size);
  if (bytes.data() == nullptr) return std::unexpected(Errno::fault);
  const auto end = std::ranges::find(bytes, std::byte{0});
  if (end - bytes.begin() >= NI_MAXHOST) return std::unexpected(Errno::ainoname);
  return std::string(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(end - bytes.begin()));
}

Errno check(const Query& query) {
  if (!query.node && !query.service) return Errno::ainoname;
  const Addrinfo& hints = query.hints;
  if ((bits(hints.flags) & ~bits(Aiflags::all)) != 0) return Errno::aibadflag;
  if (has(hints.flags, Aiflags::canonname) && !query.node) return Errno::aibadflag;
  if (bits(hints.family) > bits(AddressFamily::inet6)) return Errno::aifamily;
  if (bits(hints.protocol) > bits(IpProtocol::udp)) return Errno::nosys;
  if (bits(hints.socktype) > bits(SocketType::stream)) return Errno::nosys;
  return Errno::success;
}

addrinfo host_hints(const Addrinfo& hints) {
  constexpr std::array families{AF_UNSPEC, AF_INET, AF_INET6};
  constexpr std::array<int, 3> types{0, SOCK_DGRAM, SOCK_STREAM};
  constexpr std::array<int, 3> protocols{0, IPPROTO_TCP, IPPROTO_UDP};
  addrinfo host{};
  for (const auto& [guest_flag, host_flag] : flag_pairs) {
    if (has(hints.flags, guest_flag)) host.ai_flags |= host_flag;
  }
  host.ai_family = families[bits(hints.family)];
  host.ai_socktype = types[bits(hints.socktype)];
  host.ai_protocol = protocols[bits(hints.protocol)];
  return host;
}

AddressQuery host_query(const Query& query) { return {query.node, query.service, host_hints(query.hints)}; }

bool is_numeric(const std::string& node) {
  return find_numbers({.node = node, .service = std::nullopt, .hints = {}}).has_value();
}

// Until there is an answer; `intr` when the guest is to end before.
Errno wait_for_answer(Context& context, NameLookup& lookup) {
  constexpr int drain_interval_ms = static_cast<int>(Drain::interval.count());
  while (!lookup.is_answered()) {
    if (is_interrupted()) return Errno::intr;
    const bool draining = context.drain.active();
    int timeout_ms = lookup.timeout_ms();
    if (draining && (timeout_ms < 0 || timeout_ms > drain_interval_ms)) timeout_ms = drain_interval_ms;
    pollfd sockets{.fd = lookup.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&sockets, 1, timeout_ms) < 0 && errno != EINTR) return last_errno();
    lookup.step();
    if (draining && context.drain.step(context)) interrupt_this_thread();
  }
  return Errno::success;
}

std::expected<FoundAddresses, Errno> ask(Context& context, const AddressQuery& query) {
  const auto refused = [](int error) { return std::unexpected(to_lookup_errno(error)); };
  const auto kinds = find_kinds(query);
  if (!kinds) return refused(kinds.error());
  const auto family = family_to_ask(query.hints);
  if (!family) return refused(family.error());
  NameLookup lookup(*query.node, *family, context.name_servers);
  if (const Errno error = wait_for_answer(context, lookup); error != Errno::success) return std::unexpected(error);
  auto found = combine(lookup.take(), *kinds, query.hints);
  if (!found) return refused(found.error());
  return std::move(*found);
}

std::expected<FoundAddresses, Errno> resolve(Context& context, const AddressQuery& query, bool is_name) {
  if (is_name && (query.hints.ai_flags & AI_NUMERICHOST) == 0) return ask(context, query);
  auto found = find_numbers(query);
  if (!found) return std::unexpected(to_lookup_errno(found.error()));
  return std::move(*found);
}

// The guest's list: `capacity` nodes, each with room for an address and perhaps a canonical name.
class ResultList {
 public:
  ResultList(const GuestMemory& memory, GuestPointer<Addrinfo> first, Size capacity)
      : memory_(memory), next_(first), capacity_(capacity) {}

  // `fault` when a node, or what it points at, is out of range.
  Errno check() const;
  // Fills the next node.
  Errno add(const Addrinfo& hints, const FoundAddress& found, std::string_view canonical_name);
  Size count() const { return count_; }
  bool is_full() const { return count_ == capacity_; }

 private:
  Errno write_address(GuestPointer<Sockaddr> pointer, const SocketAddress& address) const;

  const GuestMemory& memory_;
  GuestPointer<Addrinfo> next_;
  Size capacity_;
  Size count_ = 0;
};

Errno ResultList::check() const {
  GuestPointer<Addrinfo> pointer = next_;
  for (Size i = 0; i < capacity_; ++i) {
    const auto node_place = memory_.at(pointer);
    if (!node_place) return Errno::fault;
    const Addrinfo node = node_place.load();
    const auto address_place = memory_.at(GuestPointer<Sockaddr>{node.addr});
    if (!address_place) return Errno::fault;
    const Sockaddr address = address_place.load();
    if (memory_.range(address.data, address.data_len) == nullptr) return Errno::fault;
    if (memory_.range(node.canonname, node.canonname_len) == nullptr) return Errno::fault;
    pointer = {node.next};
  }
  return Errno::success;
}

// Guests give room for 26 bytes and say 14: the data is held against the memory's end, not against their number.
Errno ResultList::write_address(GuestPointer<Sockaddr> pointer, const SocketAddress& address) const {
  const auto place = memory_.at(pointer);
  if (!place) return Errno::fault;
  const bool is_inet4 = address.family() == AF_INET;
  Sockaddr sockaddr = place.load();
  sockaddr.family = is_inet4 ? AddressFamily::inet4 : AddressFamily::inet6;
  sockaddr.data_len = is_inet4 ? resolved_inet4_bytes : resolved_inet6_bytes;
  std::byte* data = memory_.range(sockaddr.data, sockaddr.data_len);
  if (data == nullptr) return Errno::fault;
  // All that follows the family in the host's form: the port in network order, for IPv6 the flow, the address, the
  // scope.
  std::memcpy(data, reinterpret_cast<const std::byte*>(address.data()) + sizeof(sa_family_t), sockaddr.data_len);
  place.store(sockaddr);
  return Errno::success;
}
static_assert(sizeof(sockaddr_in) == sizeof(sa_family_t) + resolved_inet4_bytes);
static_assert(sizeof(sockaddr_in6) == sizeof(sa_family_t) + resolved_inet6_bytes);

Errno ResultList::add(const Addrinfo& hints, const FoundAddress& found, std::string_view canonical_name) {
  const auto place = memory_.at(next_);
  if (!place) return Errno::fault;
  Addrinfo node = place.load();
  const auto& [address, kind] = found;
  if (const Errno error = write_address({node.addr}, address); error != Errno::success) return error;
  const std::string_view name = canonical_name;
  const size_t name_size = std::min<size_t>(name.empty() ? 0 : name.size() + 1, node.canonname_len);
  std::byte* name_bytes = memory_.range(node.canonname, name_size);
  if (name_bytes == nullptr) return Errno::fault;
  name.copy(reinterpret_cast<char*>(name_bytes), name_size);
  if (name_size > name.size()) name_bytes[name.size()] = std::byte{0};

  node.flags = hints.flags;
  node.family = address.family() == AF_INET ? AddressFamily::inet4 : AddressFamily::inet6;
  node.socktype = kind.type == SOCK_STREAM ? SocketType::stream : SocketType::dgram;
  node.protocol = kind.protocol == IPPROTO_TCP   ? IpProtocol::tcp
                  : kind.protocol == IPPROTO_UDP ? IpProtocol::udp
                                                 : IpProtocol::ip;
  node.addrlen = address.size();
  node.canonname_len = static_cast<Size>(std::min(name.size(), name_size));
  place.store(node);
  next_ = {node.next};
  ++count_;
  return Errno::success;
}

bool is_supported(const FoundAddress& found) {
  const int family = found.address.family();
  return (family == AF_INET || family == AF_INET6) && (found.kind.type == SOCK_STREAM || found.kind.type == SOCK_DGRAM);
}

}  // namespace

Errno sock_getaddrinfo(Context& context, Caller caller, GuestBytes node, Size node_size, GuestBytes service,
                       Size service_size, GuestPointer<Addrinfo> hints, GuestPointer<Pointer> results, Size capacity,
                       GuestPointer<Size> count) noexcept {
  const GuestMemory memory(caller);
  const auto hints_place = memory.at(hints);
  const auto results_place = memory.at(results);
  const auto count_place = memory.at(count);
  // Also bounds the walk along a list that the guest closed to a ring.
  const bool has_room = memory.range(0, uint64_t{capacity} * sizeof(Addrinfo)) != nullptr;
  if (!hints_place || !results_place || !count_place || !has_room) return Errno::fault;
  if (capacity == 0) return Errno::aimemory;
  auto node_text = read_name(memory, node, node_size);
  if (!node_text) return node_text.error();
  auto service_text = read_name(memory, service, service_size);
  if (!service_text) return service_text.error();
  if (*service_text && (*service_text)->empty()) service_text->reset();
  const Query query{std::move(*node_text), std::move(*service_text), hints_place.load()};
  if (const Errno error = check(query); error != Errno::success) return error;
  ResultList list(memory, {results_place.load()}, capacity);
  if (const Errno error = list.check(); error != Errno::success) return error;

  const bool is_name = query.node && !is_numeric(*query.node);
  if (context.network.closed() || (is_name && !context.network.may_resolve(*query.node))) {
    return context.refuse_network("resolve " + query.node.value_or("a local address"));
  }
  const auto found = resolve(context, host_query(query), is_name);
  if (!found) return found.error();
  std::string_view canonical_name = found->canonical_name;
  for (const FoundAddress& each : found->list) {
    if (list.is_full()) break;
    if (!is_supported(each)) continue;
    if (is_name) context.network.resolved(*query.node, each.address);
    if (const Errno error = list.add(query.hints, each, canonical_name); error != Errno::success) return error;
    canonical_name = {};  // as getaddrinfo(3) does, only with the first
  }
  count_place.store(list.count());
  return Errno::success;
}

}  // namespace shallop::wasi
