// SPDX-License-Identifier: Apache-2.0
// Calls through a table: virtual functions of eight classes, in an order that a processor can learn.
#include <iterator>

#include "kernel.hpp"

namespace {

class Step {
 public:
  virtual uint32_t apply(uint32_t value) const = 0;

 protected:
  constexpr ~Step() = default;
};

class Add final : public Step {
 public:
  uint32_t apply(uint32_t value) const override { return value + amount_; }

 private:
  uint32_t amount_ = 0x9E37;
};
class Subtract final : public Step {
 public:
  uint32_t apply(uint32_t value) const override { return value - amount_; }

 private:
  uint32_t amount_ = 77;
};
class Multiply final : public Step {
 public:
  uint32_t apply(uint32_t value) const override { return value * factor_; }

 private:
  uint32_t factor_ = 3;
};
class Flip final : public Step {
 public:
  uint32_t apply(uint32_t value) const override { return value ^ bits_; }

 private:
  uint32_t bits_ = 0x5555;
};
class Rotate final : public Step {
 public:
  uint32_t apply(uint32_t value) const override { return value << distance_ | value >> (32 - distance_); }

 private:
  uint32_t distance_ = 5;
};
class Fold final : public Step {
 public:
  uint32_t apply(uint32_t value) const override { return value ^ value >> distance_; }

 private:
  uint32_t distance_ = 9;
};
class Limit final : public Step {
 public:
  uint32_t apply(uint32_t value) const override { return value > limit_ ? value - limit_ : value; }

 private:
  uint32_t limit_ = 0x7FFF'FFFF;
};
class Keep final : public Step {
 public:
  uint32_t apply(uint32_t value) const override { return value; }
};

const Add add;
const Subtract subtract;
const Multiply multiply;
const Flip flip;
const Rotate rotate;
const Fold fold;
const Limit limit;
const Keep keep;

constexpr uint32_t step_count = 32;
const Step* steps[step_count];

uint64_t work() {
  uint32_t value = 1;
  for (int round = 0; round < 50'000; ++round) {
    for (const Step* step : steps) value = step->apply(value);
  }
  return value;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const Step* const kinds[] = {&add, &subtract, &multiply, &flip, &rotate, &fold, &limit, &keep};
  kernel::Random random(5);
  for (const Step*& each : steps) each = kinds[random.below(std::size(kinds))];
  kernel::opaque(steps);
  return kernel::run(argument_count, arguments, work);
}
