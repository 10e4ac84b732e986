// SPDX-License-Identifier: Apache-2.0
// Eight classes with one virtual function, and an order of their objects that a processor can learn.
#pragma once

#include <iterator>

#include "kernel.hpp"

namespace virtual_steps {

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

inline const Add add;
inline const Subtract subtract;
inline const Multiply multiply;
inline const Flip flip;
inline const Rotate rotate;
inline const Fold fold;
inline const Limit limit;
inline const Keep keep;

inline constexpr uint32_t step_count = 32;
inline const Step* steps[step_count];

inline void shuffle_steps() {
  const Step* const kinds[] = {&add, &subtract, &multiply, &flip, &rotate, &fold, &limit, &keep};
  kernel::Random random(5);
  for (const Step*& each : steps) each = kinds[random.below(std::size(kinds))];
  kernel::opaque(steps);
}

}  // namespace virtual_steps
