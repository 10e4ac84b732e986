// SPDX-License-Identifier: Apache-2.0
// Floating point with square roots and divisions: five bodies that attract each other, 20,000 steps.
#include <bit>
#include <cmath>

#include "kernel.hpp"

namespace {

struct Body {
  double position[3];
  double velocity[3];
  double mass;
};

constexpr int body_count = 5;
constexpr double step_s = 0.001;

void advance(Body* bodies) {
  for (int i = 0; i < body_count; ++i) {
    Body& a = bodies[i];
    for (int j = i + 1; j < body_count; ++j) {
      Body& b = bodies[j];
      double difference[3];
      double square = 0.01;
      for (int axis = 0; axis < 3; ++axis) {
        difference[axis] = a.position[axis] - b.position[axis];
        square += difference[axis] * difference[axis];
      }
      const double scale = step_s / (square * std::sqrt(square));
      for (int axis = 0; axis < 3; ++axis) {
        a.velocity[axis] -= difference[axis] * b.mass * scale;
        b.velocity[axis] += difference[axis] * a.mass * scale;
      }
    }
  }
  for (int i = 0; i < body_count; ++i) {
    for (int axis = 0; axis < 3; ++axis) bodies[i].position[axis] += step_s * bodies[i].velocity[axis];
  }
}

uint64_t work() {
  kernel::Random random(17);
  Body bodies[body_count];
  for (Body& body : bodies) {
    for (double& each : body.position) each = random.below(2000) / 100.0 - 10;
    for (double& each : body.velocity) each = random.below(200) / 100.0 - 1;
    body.mass = 1 + random.below(10);
  }
  for (int i = 0; i < 20'000; ++i) advance(bodies);
  kernel::Checksum checksum;
  for (const Body& body : bodies) {
    for (double each : body.position) checksum.add(std::bit_cast<uint64_t>(each));
  }
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) { return kernel::run(argument_count, arguments, work); }
