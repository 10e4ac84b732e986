// SPDX-License-Identifier: Apache-2.0
// A plan's variants: each service by each engine in each place, and the user's own.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "compare/engine.hpp"
#include "compare/plan.hpp"

namespace shallop::compare {

struct Variant {
  std::string name;
  std::string service;
  std::string engine;
  std::string place;
  bool optional = false;
  std::expected<Recipe, std::string> recipe;  // or why it cannot be run here
};

// In the order of the plan. The first of a service and a place is what the others there are compared with when its
// engine is "native".
std::vector<Variant> variants_of(const Plan& plan, const Tools& tools);

}  // namespace shallop::compare
