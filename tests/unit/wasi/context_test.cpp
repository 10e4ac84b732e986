// SPDX-License-Identifier: Apache-2.0
// What a guest finds at its start: order of descriptors, listeners, and what stops it from starting.
#include "wasi/context.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <filesystem>

#include "unit/wasi/socket_guest.hpp"
#include "wasm/error.hpp"

namespace shallop::wasi {
namespace {

SocketAddress any_port() { return SocketAddress::parse("127.0.0.1", 0).value(); }

std::string refusal(const ContextOptions& options) {
  try {
    const Context context(options);
    return "";
  } catch (const ResourceError& error) {
    return error.what();
  }
}

TEST(Context, ListenersComeFirstAndDoNotHideTheDirectories) {
  const TemporaryDirectory host;
  Guest guest(
      {.listeners = {{any_port()}, {any_port()}},
       .preopens = {{.host_path = host.path(), .guest_path = "/a"}, {.host_path = host.path(), .guest_path = "/b"}}});
  const auto prestat = guest.place<Prestat>();
  // As libcs scan: from 3 on until badf, taking what is of kind `dir`.
  std::vector<std::string> found;
  Fd fd = 3;
  while (true) {
    const Errno error = fd_prestat_get(guest.context, guest.caller(), fd, prestat);
    if (error == Errno::badf) break;
    ASSERT_EQ(error, Errno::success);
    found.push_back(guest.get(prestat).tag == Preopentype::dir ? "dir" : "other");
    ++fd;
  }
  EXPECT_EQ(found, (std::vector<std::string>{"other", "other", "dir", "dir"}));
  EXPECT_EQ(fd_prestat_dir_name(guest.context, guest.caller(), 3, {64}, 10), Errno::badf);
}

TEST(Context, AListenerIsOpenToAcceptOnAClosedNetwork) {
  Guest guest({.listeners = {{any_port()}}});
  const int host = guest.context.descriptors.find(3)->host.get();
  SocketAddress address;
  socklen_t size = SocketAddress::capacity;
  ASSERT_EQ(::getsockname(host, address.out(), &size), 0);
  const HostSocket client = HostSocket::connected_to(address.port());
  const auto accepted = guest.place<Fd>();
  ASSERT_EQ(sock_accept(guest.context, guest.caller(), 3, {0}, accepted), Errno::success);
  EXPECT_EQ(guest.get(accepted), 4u);
  int nodelay = 0;
  size = sizeof(nodelay);
  const int accepted_host = guest.context.descriptors.find(4)->host.get();
  ASSERT_EQ(::getsockopt(accepted_host, IPPROTO_TCP, TCP_NODELAY, &nodelay, &size), 0);
  EXPECT_EQ(nodelay, 1);
  EXPECT_EQ(sock_listen(guest.context, guest.caller(), 3, 10), Errno::success);  // some guests call it anyway
}

TEST(Context, AListenerCanBeOneThatTheProcessWasStartedWith) {
  const HostSocket inherited = HostSocket::listener(any_port());
  Guest guest({.listeners = {{.address = {}, .inherited = inherited.fd()}}});
  EXPECT_NE(guest.context.descriptors.find(3)->host.get(), inherited.fd()) << "that of other instances too";
  const HostSocket client = HostSocket::connected_to(inherited.port());
  const auto accepted = guest.place<Fd>();
  EXPECT_EQ(sock_accept(guest.context, guest.caller(), 3, {0}, accepted), Errno::success);

  const HostSocket datagram = HostSocket::datagram(any_port());
  for (const int other : {datagram.fd(), 1'000'000}) {
    EXPECT_EQ(
        refusal({.listeners = {{.address = {}, .inherited = other}}}),
        "--listen fd:" + std::to_string(other) + ": this process was started without a socket there that listens");
  }
}

TEST(Context, TheNumberOfListenersIsInTheEnvironment) {
  const auto variables = [](const ContextOptions& options) {
    Guest guest(options);
    const GuestPointer<Pointer> pointers{guest.allocate(64)};
    const GuestBytes strings{guest.allocate(256)};
    EXPECT_EQ(environ_get(guest.context, guest.caller(), pointers, strings), Errno::success);
    return std::string(reinterpret_cast<const char*>(guest.at(strings.address)));
  };
  EXPECT_EQ(variables({.listeners = {{any_port()}, {any_port()}}}), "LISTEN_FDS=2");
  EXPECT_EQ(variables({.environment = {"LISTEN_FDS=x"}, .listeners = {{any_port()}}}), "LISTEN_FDS=x");
}

TEST(Context, WhatCannotBeOpenedIsNamedBeforeTheGuestStarts) {
  const TemporaryDirectory host;
  const std::string missing = refusal({.preopens = {{.host_path = host / "missing", .guest_path = "/data"}}});
  EXPECT_EQ(missing, "cannot open directory \"" + (host / "missing") +
                         "\" for the guest's \"/data\" (--dir): No such file or directory");
  host.write("file", "");
  EXPECT_NE(refusal({.preopens = {{.host_path = host / "file", .guest_path = "/data"}}}).find("Not a directory"),
            std::string::npos);
  const HostSocket taken = HostSocket::listener(any_port());
  const SocketAddress address = SocketAddress::parse("127.0.0.1", taken.port()).value();
  EXPECT_EQ(refusal({.listeners = {{address}}}), "cannot listen on " + address.text() + ": Address already in use");
}

}  // namespace
}  // namespace shallop::wasi
