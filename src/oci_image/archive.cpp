// SPDX-License-Identifier: Apache-2.0
#include "oci_image/archive.hpp"

#include <fmt/format.h>

#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "oci_image/tar_writer.hpp"

namespace shallop::oci_image {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view config_type = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view layer_type = "application/vnd.oci.image.layer.v1.tar";
constexpr std::string_view manifest_type = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view index_type = "application/vnd.oci.image.index.v1+json";

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// RFC 3339
std::string time_text(int64_t time_s) {
  const time_t time = time_s;
  tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Contents by their digest, each once, in the order of the digests.
class Blobs {
 public:
  // A descriptor. https://github.com/opencontainers/image-spec/blob/main/descriptor.md
  Json add(const Json& document, std::string_view type) {
    std::string text = document.dump();
    const Digest digest = sha256(bytes_of(text));
    Json descriptor = describe(type, digest, text.size());
    documents_.try_emplace(digest, std::move(text));
    return descriptor;
  }

  Json add(const Layer& layer) {
    layers_.try_emplace(layer.digest, &layer);
    return describe(layer_type, layer.digest, layer.tar.size());
  }

  static std::string path_of(std::string_view digest) {
    return fmt::format("blobs/sha256/{}", digest.substr(digest.find(':') + 1));
  }

  void write(TarWriter& tar) const {
    std::map<Digest, std::span<const std::byte>> all;
    for (const auto& [digest, text] : documents_) all.emplace(digest, bytes_of(text));
    for (const auto& [digest, layer] : layers_) all.emplace(digest, layer->tar);
    tar.add_directory("blobs", 0755, {});
    tar.add_directory("blobs/sha256", 0755, {});
    for (const auto& [digest, contents] : all) tar.add_file(path_of(text_of(digest)), contents, 0644);
  }

 private:
  static Json describe(std::string_view type, const Digest& digest, size_t size) {
    return {{"mediaType", type}, {"digest", text_of(digest)}, {"size", size}};
  }

  std::map<Digest, std::string> documents_;
  std::map<Digest, const Layer*> layers_;
};

Json runtime_config(const Config& config) {
  Json json = Json::object();
  if (!config.user.empty()) json["User"] = config.user;
  for (const std::string& each : config.exposed_ports) json["ExposedPorts"][each] = Json::object();
  json["Env"] = config.environment;
  json["Entrypoint"] = config.entrypoint;
  if (!config.command.empty()) json["Cmd"] = config.command;
  json["WorkingDir"] = config.working_directory;
  for (const auto& [name, value] : config.labels) json["Labels"][name] = value;
  if (!config.health_check.empty()) {
    Json test = Json::array({"CMD"});
    for (const std::string& each : config.health_check) test.push_back(each);
    // As often as an engine's own default is too seldom for a service that starts within milliseconds.
    constexpr int64_t second_ns = 1'000'000'000;
    json["Healthcheck"] = {
        {"Test", std::move(test)}, {"Interval", 5 * second_ns}, {"Timeout", 6 * second_ns}, {"Retries", 3}};
  }
  return json;
}

Json config_document(const Image& image, const std::string& created) {
  Json layers = Json::array();
  Json history = Json::array();
  for (const auto& each : image.layers) {
    layers.push_back(text_of(each->digest));
    history.push_back({{"created", created}, {"created_by", each->made_by}});
  }
  return {{"created", created},
          {"architecture", image.platform.architecture},
          {"os", image.platform.os},
          {"config", runtime_config(image.config)},
          {"rootfs", {{"type", "layers"}, {"diff_ids", std::move(layers)}}},
          {"history", std::move(history)}};
}

// An image's manifest, and what manifest.json says of it.
struct Written {
  Json descriptor;
  Json docker_entry;
};

Written write_image(const Image& image, const std::string& created, Blobs& blobs) {
  const Json config = blobs.add(config_document(image, created), config_type);
  Json layers = Json::array();
  Json paths = Json::array();
  for (const auto& each : image.layers) {
    Json layer = blobs.add(*each);
    paths.push_back(Blobs::path_of(layer["digest"].get<std::string>()));
    layers.push_back(std::move(layer));
  }
  const Json manifest{
      {"schemaVersion", 2}, {"mediaType", manifest_type}, {"config", config}, {"layers", std::move(layers)}};
  Json descriptor = blobs.add(manifest, manifest_type);
  descriptor["platform"] = {{"architecture", image.platform.architecture}, {"os", image.platform.os}};
  return {.descriptor = std::move(descriptor),
          .docker_entry = {{"Config", Blobs::path_of(config["digest"].get<std::string>())},
                           {"RepoTags", Json::array()},
                           {"Layers", std::move(paths)}}};
}

// The index.json of the layout: one descriptor for each name, of the one manifest or of an index over several.
Json layout_index(const Json& target, std::span<const ImageName> names) {
  Json manifests = Json::array();
  for (const ImageName& each : names) {
    Json named = target;
    named["annotations"] = {{"io.containerd.image.name", each.full_name},
                            {"org.opencontainers.image.ref.name", each.tag}};
    manifests.push_back(std::move(named));
  }
  return {{"schemaVersion", 2}, {"mediaType", index_type}, {"manifests", std::move(manifests)}};
}

}  // namespace

std::vector<std::byte> write_archive(std::span<const Image> images, std::span<const ImageName> names, int64_t time_s) {
  const std::string created = time_text(time_s);
  Blobs blobs;
  Json manifests = Json::array();
  Json docker_manifest = Json::array();
  for (const Image& each : images) {
    Written written = write_image(each, created, blobs);
    manifests.push_back(std::move(written.descriptor));
    if (docker_manifest.empty()) docker_manifest.push_back(std::move(written.docker_entry));
  }
  for (const ImageName& each : names) docker_manifest[0]["RepoTags"].push_back(each.short_name);
  Json target = manifests[0];
  if (images.size() > 1) {
    target =
        blobs.add({{"schemaVersion", 2}, {"mediaType", index_type}, {"manifests", std::move(manifests)}}, index_type);
  }

  TarWriter tar(time_s);
  const auto add = [&tar](const std::string& path, const Json& document) {
    const std::string text = document.dump();
    tar.add_file(path, bytes_of(text), 0644);
  };
  add("oci-layout", {{"imageLayoutVersion", "1.0.0"}});
  add("index.json", layout_index(target, names));
  add("manifest.json", docker_manifest);
  blobs.write(tar);
  return tar.finish();
}

}  // namespace shallop::oci_image
