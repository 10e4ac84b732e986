// SPDX-License-Identifier: Apache-2.0
#include "loadgen/http2_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace shallop::loadgen {
namespace {

constexpr std::string_view body = "Hello from GET request";

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct Http2Server::Peer {
  Http2Server* server = nullptr;
  UniqueFd socket;
  nghttp2_session* session = nullptr;
  uint64_t open_streams = 0;

  ~Peer() { nghttp2_session_del(session); }
};

struct ServerCallbacks {
  static Http2Server::Peer& peer(void* data) { return *static_cast<Http2Server::Peer*>(data); }

  static int on_begin(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/, void* data) {
    Http2Server& server = *peer(data).server;
    const uint64_t open = ++peer(data).open_streams;
    if (open > server.most_streams_) server.most_streams_ = open;
    return 0;
  }

  static int on_close(nghttp2_session* /*session*/, int32_t /*id*/, uint32_t /*error*/, void* data) {
    --peer(data).open_streams;
    return 0;
  }

  static int on_data(nghttp2_session* /*session*/, uint8_t /*flags*/, int32_t /*id*/, const uint8_t* /*bytes*/,
                     size_t size, void* data) {
    peer(data).server->body_bytes_ += size;
    return 0;
  }

  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* data) {
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!ends || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)) return 0;
    Http2Server& server = *peer(data).server;
    const uint64_t number = ++server.requests_;
    if (server.reset_every_ != 0 && number % server.reset_every_ == 0) {
      return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_INTERNAL_ERROR);
    }
    const std::array fields{field(":status", "200"), field("content-length", "22")};
    nghttp2_data_provider provider{};
    provider.read_callback = [](nghttp2_session*, int32_t, uint8_t* buffer, size_t, uint32_t* flags,
                                nghttp2_data_source*, void*) -> ssize_t {
      std::memcpy(buffer, body.data(), body.size());
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(body.size());
    };
    return nghttp2_submit_response(session, frame->hd.stream_id, fields.data(), fields.size(), &provider);
  }

  static ssize_t send(nghttp2_session* /*session*/, const uint8_t* bytes, size_t size, int /*flags*/, void* data) {
    const ssize_t sent = ::send(peer(data).socket.get(), bytes, size, MSG_NOSIGNAL);
    return sent < 0 ? NGHTTP2_ERR_CALLBACK_FAILURE : sent;
  }
};

Http2Server::Http2Server(uint64_t reset_every)
    : reset_every_(reset_every),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      wake_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_.get(), generic, size) != 0 || listen(listener_.get(), 64) != 0 ||
      getsockname(listener_.get(), generic, &size) != 0) {
    throw std::runtime_error("the HTTP/2 server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

Http2Server::~Http2Server() {
  thread_.request_stop();
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

void Http2Server::serve(const std::stop_token& stop) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, ServerCallbacks::on_begin);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, ServerCallbacks::on_close);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, ServerCallbacks::on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, ServerCallbacks::on_frame);
  nghttp2_session_callbacks_set_send_callback(callbacks, ServerCallbacks::send);
  std::vector<std::unique_ptr<Peer>> peers;
  while (!stop.stop_requested()) {
    std::vector<pollfd> waits{{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    for (const auto& each : peers) waits.push_back({each->socket.get(), POLLIN, 0});
    poll(waits.data(), waits.size(), -1);
    for (size_t i = peers.size(); i-- > 0;) {
      if (waits[i + 2].revents == 0) continue;
      std::array<uint8_t, 65536> buffer{};
      const ssize_t size = recv(peers[i]->socket.get(), buffer.data(), buffer.size(), 0);
      const bool is_alive =
          size > 0 && nghttp2_session_mem_recv(peers[i]->session, buffer.data(), static_cast<size_t>(size)) >= 0 &&
          nghttp2_session_send(peers[i]->session) == 0;
      if (!is_alive) peers.erase(peers.begin() + static_cast<ptrdiff_t>(i));
    }
    if ((waits[0].revents & POLLIN) == 0) continue;
    auto peer = std::make_unique<Peer>();
    peer->server = this;
    peer->socket = UniqueFd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const int on = 1;
    setsockopt(peer->socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ++accepted_;
    nghttp2_session_server_new(&peer->session, callbacks, peer.get());
    nghttp2_submit_settings(peer->session, NGHTTP2_FLAG_NONE, nullptr, 0);
    nghttp2_session_send(peer->session);
    peers.push_back(std::move(peer));
  }
  peers.clear();
  nghttp2_session_callbacks_del(callbacks);
}

}  // namespace shallop::loadgen
