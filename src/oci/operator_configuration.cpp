// SPDX-License-Identifier: Apache-2.0
#include "oci/operator_configuration.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/file.hpp"
#include "oci/json.hpp"
#include "oci/listening_sockets.hpp"

namespace shallop::oci {
namespace {

constexpr size_t configuration_bytes_max = size_t{1} << 20;
constexpr uint64_t store_mib_max = uint64_t{1} << 40;
constexpr uint64_t user_max = 0xFFFF'FFFE;  // the number after it means "unchanged" to setresuid(2)

constexpr std::string_view runtimes_name = "runtimes";

using Checked = std::expected<void, std::string>;

Checked take_text(std::string& value, std::string_view name, const Json& json) {
  if (!json.is_string()) return std::unexpected(fmt::format("'{}' is no string", name));
  value = json.get<std::string>();
  return {};
}

Checked take_path(std::string& value, std::string_view name, const Json& json) {
  auto taken = take_text(value, name, json);
  if (taken && !value.empty() && value[0] != '/') {
    return std::unexpected(fmt::format("'{}' is '{}', which is no absolute path", name, value));
  }
  return taken;
}

Checked take_flag(bool& value, std::string_view name, const Json& json) {
  if (!json.is_boolean()) return std::unexpected(fmt::format("'{}' is neither true nor false", name));
  value = json.get<bool>();
  return {};
}

Checked take_number(uint64_t& value, std::string_view name, const Json& json, uint64_t maximum) {
  if (!json.is_number_unsigned() || json.get<uint64_t>() == 0 || json.get<uint64_t>() > maximum) {
    return std::unexpected(fmt::format("'{}' is no number from 1 to {}", name, maximum));
  }
  value = json.get<uint64_t>();
  return {};
}

Checked take_texts(std::vector<std::string>& value, std::string_view name, const Json& json) {
  value = texts_of(json);
  if (!json.is_array() || value.size() != json.size()) {
    return std::unexpected(fmt::format("'{}' is no array of strings", name));
  }
  return {};
}

Checked take_listen_rules(std::vector<std::string>& value, std::string_view name, const Json& json) {
  auto taken = take_texts(value, name, json);
  for (const std::string& each : value) {
    if (taken && !is_listen_rule(each)) {
      taken = std::unexpected(fmt::format("'{}' has '{}', which is neither ADDR:PORT nor ADDR:FIRST-LAST", name, each));
    }
  }
  return taken;
}

Checked take_member(OperatorConfiguration& configuration, const std::string& name, const Json& json) {
  if (name == runtimes_name) return take_texts(configuration.runtimes, name, json);
  if (name == "runner") return take_path(configuration.runner, name, json);
  if (name == "compiler") return take_path(configuration.compiler, name, json);
  if (name == "native_store") return take_path(configuration.native_store, name, json);
  if (name == "native_store_mib") return take_number(configuration.native_store_mib, name, json, store_mib_max);
  if (name == "compiler_user") return take_number(configuration.compiler_user, name, json, user_max);
  if (name == "allow_native") return take_flag(configuration.allow_native, name, json);
  if (name == "listen") return take_listen_rules(configuration.listen, name, json);
  if (name == "exec_programs") return take_flag(configuration.exec_programs, name, json);
  if (name == "container_settings") {
    std::vector<std::string> names;
    auto taken = take_texts(names, name, json);
    configuration.container_settings = {names.begin(), names.end()};
    return taken;
  }
  return std::unexpected(fmt::format("there is no member '{}'", name));
}

}  // namespace

std::expected<OperatorConfiguration, UnusableConfiguration> parse_operator_configuration(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return std::unexpected(UnusableConfiguration{.sentence = json.error()});
  if (!json->is_object()) return std::unexpected(UnusableConfiguration{.sentence = "it is no JSON object"});
  OperatorConfiguration configuration;
  for (const auto& [name, value] : json->items()) {
    const auto taken = take_member(configuration, name, value);
    if (taken) continue;
    UnusableConfiguration unusable{.sentence = taken.error()};
    auto runtimes = texts_of(member(*json, runtimes_name));
    if (!runtimes.empty()) unusable.runtimes = std::move(runtimes);
    return std::unexpected(std::move(unusable));
  }
  return configuration;
}

std::expected<OperatorConfiguration, UnusableConfiguration> read_operator_configuration(const std::string& path) {
  const auto bytes = read_file(path, configuration_bytes_max);
  if (!bytes && bytes.error() == std::errc::no_such_file_or_directory) return OperatorConfiguration{};
  if (!bytes) {
    return std::unexpected(
        UnusableConfiguration{.sentence = fmt::format("{} cannot be read: {}", path, bytes.error().message())});
  }
  auto configuration = parse_operator_configuration({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!configuration) configuration.error().sentence = fmt::format("{}: {}", path, configuration.error().sentence);
  return configuration;
}

}  // namespace shallop::oci
