// SPDX-License-Identifier: Apache-2.0
// What users write as values of options, read. Each throws UsageError with a sentence that names the option.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wasi/context.hpp"

namespace shallop::cli {

// "65536", "64KiB", "512MiB", "4GiB"; K, M and G stand for the same. `option` is for the message.
uint64_t parse_size(std::string_view option, std::string_view text);

// "500ms", "2s", "1.5m", "1h"; a number alone is in seconds. More than 0.
std::chrono::nanoseconds parse_duration(std::string_view option, std::string_view text);

// "HOST", "HOST:GUEST", "HOST:GUEST:ro". An empty GUEST is HOST.
wasi::Preopen parse_preopen(std::string_view text);

// "NAME=VALUE", or "NAME" for the value in our own environment: nothing if it has none there; "*" for all of it but
// SHALLOP_*. The last of a name counts.
std::vector<std::string> parse_environment(const std::vector<std::string>& texts);

// None: closed. "*" for `--net` without rules.
wasi::NetworkPolicy parse_network(const std::vector<std::string>& rules);

// "ADDR:PORT"
wasi::SocketAddress parse_address(std::string_view option, std::string_view text);
// "ADDR:PORT", or "fd:N" for a socket that this process was started with.
wasi::ListenerPreopen parse_listener(std::string_view option, std::string_view text);

}  // namespace shallop::cli
