// SPDX-License-Identifier: Apache-2.0
#include "compare/variants.hpp"

namespace shallop::compare {
namespace {

// Services and places are named only where there are several.
std::string name_of(const Plan& plan, const std::string& service, const std::string& engine, const std::string& place) {
  return (plan.services.size() > 1 ? service + ": " : "") + engine + (plan.places.size() > 1 ? ", " + place : "");
}

}  // namespace

std::vector<Variant> variants_of(const Plan& plan, const Tools& tools) {
  std::vector<Variant> variants;
  for (const Service& service : plan.services) {
    for (const Choice& place : plan.places) {
      for (const Choice& engine : plan.engines) {
        if (place.name != "bare" && !runs_in_containers(engine.name)) continue;
        variants.push_back({.name = name_of(plan, service.name, engine.name, place.name),
                            .service = service.name,
                            .engine = engine.name,
                            .place = place.name,
                            .optional = engine.optional || place.optional,
                            .recipe = recipe_of(engine.name, place.name, service, tools)});
      }
    }
    for (const OwnVariant& own : plan.own_variants) {
      if (own.service != service.name) continue;
      variants.push_back({.name = name_of(plan, service.name, own.name, "bare"),
                          .service = service.name,
                          .engine = own.name,
                          .place = "bare",
                          .optional = own.optional,
                          .recipe = recipe_of(own)});
    }
  }
  return variants;
}

}  // namespace shallop::compare
