// SPDX-License-Identifier: Apache-2.0
#include "wasi/context.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "wasi/errno.hpp"
#include "wasi/filestat.hpp"
#include "wasi/listening_socket.hpp"
#include "wasm/error.hpp"

namespace shallop::wasi {
namespace {

std::vector<std::string> environment_of(const ContextOptions& options) {
  std::vector<std::string> environment = options.environment;
  constexpr std::string_view variable = "LISTEN_FDS=";
  const bool is_set = std::ranges::any_of(environment, [&](const std::string& s) { return s.starts_with(variable); });
  if (!options.listeners.empty() && !is_set)
    environment.push_back(fmt::format("{}{}", variable, options.listeners.size()));
  return environment;
}

Filetype socket_type(int host) {
  int type = 0;
  socklen_t size = sizeof(type);
  const bool is_datagram = ::getsockopt(host, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM;
  return is_datagram ? Filetype::socket_dgram : Filetype::socket_stream;
}

Fdflags flags_of(int host) {
  const int host_flags = ::fcntl(host, F_GETFL);
  Fdflags flags = Fdflags::none;
  if ((host_flags & O_APPEND) != 0) flags |= Fdflags::append;
  if ((host_flags & O_NONBLOCK) != 0) flags |= Fdflags::nonblock;
  return flags;
}

// A copy of the embedder's descriptor, so that a guest may close it. The flags stay as they are: others share them.
Descriptor standard_stream(int stream, Rights direction) {
  Descriptor descriptor;
  descriptor.host = UniqueFd(::fcntl(stream, F_DUPFD_CLOEXEC, 0));
  // Where the embedder has none, the guest's number must not go to a file.
  if (!descriptor.host) descriptor.host = UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!descriptor.host) throw ResourceError(fmt::format("cannot open /dev/null: {}", std::strerror(errno)));
  struct stat stat{};
  ::fstat(descriptor.host.get(), &stat);
  descriptor.filetype = S_ISSOCK(stat.st_mode) ? socket_type(descriptor.host.get()) : to_filetype(stat.st_mode);
  descriptor.flags = flags_of(descriptor.host.get());
  descriptor.is_host_shared = true;
  constexpr Rights directions = Rights::fd_read | Rights::fd_write;
  descriptor.rights_base = (rights_for(descriptor.filetype) & ~(directions | Rights::fd_fdstat_set_flags)) | direction;
  return descriptor;
}

Errno listen_at(const SocketAddress& address, Descriptor& descriptor, Context& context) {
  descriptor.host = UniqueFd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int host = descriptor.host.get();
  const int on = 1;
  // Accepted sockets inherit TCP_NODELAY.
  const bool ok = host >= 0 && ::setsockopt(host, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                  ::setsockopt(host, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
  const Errno error = !ok ? last_errno() : bind_stream(context, descriptor, address);
  return error != Errno::success ? error : listen_on(context, descriptor, SOMAXCONN);
}

bool is_listening_stream(int host) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  return ::getsockopt(host, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 1 &&
         socket_type(host) == Filetype::socket_stream;
}

void inherit(int inherited, Descriptor& descriptor, Context& context) {
  if (!is_listening_stream(inherited)) {
    throw ResourceError(
        fmt::format("--listen fd:{}: this process was started without a socket there that listens", inherited));
  }
  descriptor.host = UniqueFd(::fcntl(inherited, F_DUPFD_CLOEXEC, 0));
  descriptor.is_bound = true;
  if (!descriptor.host || listen_on(context, descriptor, SOMAXCONN) != Errno::success) {
    throw ResourceError(fmt::format("cannot listen on the socket {}: {}", inherited, std::strerror(errno)));
  }
}

Descriptor listener(const ListenerPreopen& preopen, Context& context) {
  Descriptor descriptor;
  if (preopen.inherited >= 0) {
    inherit(preopen.inherited, descriptor, context);
  } else if (listen_at(preopen.address, descriptor, context) != Errno::success) {
    throw ResourceError(fmt::format("cannot listen on {}: {}", preopen.address.text(), std::strerror(errno)));
  }
  descriptor.filetype = Filetype::socket_stream;
  descriptor.is_listener_preopen = true;
  descriptor.flags_unasked = true;
  descriptor.rights_base = socket_rights;
  descriptor.rights_inheriting = socket_rights;
  return descriptor;
}

Descriptor preopened_directory(const Preopen& preopen) {
  UniqueFd host(::open(preopen.host_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!host) {
    throw ResourceError(fmt::format("cannot open directory \"{}\" for the guest's \"{}\" (--dir): {}",
                                    preopen.host_path, preopen.guest_path, std::strerror(errno)));
  }
  Descriptor descriptor;
  descriptor.host = std::move(host);
  descriptor.filetype = Filetype::directory;
  descriptor.read_only = preopen.read_only;
  descriptor.rights_base = rights_for(Filetype::directory);
  descriptor.rights_inheriting = Rights::all;
  descriptor.preopen_name = std::make_unique<const std::string>(preopen.guest_path);
  return descriptor;
}

}  // namespace

Context::Context(const ContextOptions& options)
    : arguments(options.arguments),
      environment(environment_of(options)),
      worker(options.worker != nullptr ? *options.worker : own_worker),
      listener_pool(options.listener_pool),
      worker_index(options.worker_index),
      drain(worker),
      readiness(worker.counters),
      network(options.network),
      on_network_refusal(options.on_network_refusal),
      read_clock(options.read_clock),
      fill_random(options.fill_random),
      name_servers(options.name_servers),
      path_resolver(options.path_resolver) {
  descriptors.add(standard_stream(options.standard_streams[0], Rights::fd_read));
  descriptors.add(standard_stream(options.standard_streams[1], Rights::fd_write));
  descriptors.add(standard_stream(options.standard_streams[2], Rights::fd_write));
  for (const ListenerPreopen& each : options.listeners) descriptors.add(listener(each, *this));
  for (const Preopen& preopen : options.preopens) descriptors.add(preopened_directory(preopen));
}

Context::~Context() {
  worker.counters.open_connections.set(0);
  worker.counters.listeners.set(0);
}

void Context::unwatch(Descriptor& descriptor) {
  readiness.forget(descriptor);
  if (!std::exchange(descriptor.is_in_readiness_set, false)) return;
  descriptors.for_each([&](Fd, const Descriptor& each) {
    if (each.readiness_set) ::epoll_ctl(each.host.get(), EPOLL_CTL_DEL, descriptor.readiness_fd(), nullptr);
  });
}

Errno Context::refuse_network(const std::string& what) {
  if (const auto tell = std::exchange(on_network_refusal, nullptr)) tell({.what = what, .closed = network.closed()});
  return Errno::acces;
}

}  // namespace shallop::wasi
