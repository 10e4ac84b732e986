// SPDX-License-Identifier: Apache-2.0
// What benchmarks of embedded processors are made of: a linked list searched, sorted and reversed; a small matrix of
// 16-bit numbers; a state machine over text; all results through a bitwise CRC.
#include <iterator>

#include "kernel.hpp"

namespace {

// --- CRC-16 (polynomial 0xA001), bit by bit ---

uint16_t crc_byte(uint8_t data, uint16_t crc) {
  for (int bit = 0; bit < 8; ++bit) {
    const bool carry = ((data ^ crc) & 1) != 0;
    data = static_cast<uint8_t>(data >> 1);
    crc = static_cast<uint16_t>(crc >> 1);
    if (carry) crc ^= 0xA001;
  }
  return crc;
}

uint16_t crc_half(uint16_t data, uint16_t crc) {
  return crc_byte(static_cast<uint8_t>(data >> 8), crc_byte(static_cast<uint8_t>(data), crc));
}

uint16_t crc_word(uint32_t data, uint16_t crc) {
  return crc_half(static_cast<uint16_t>(data >> 16), crc_half(static_cast<uint16_t>(data), crc));
}

// --- List ---

struct Entry {
  Entry* next;
  int16_t value;
  int16_t order;
};

constexpr int entry_count = 160;
Entry entries[entry_count];

Entry* make_list(uint32_t seed) {
  kernel::Random random(seed);
  for (int i = 0; i < entry_count; ++i) {
    entries[i] = {.next = i + 1 < entry_count ? &entries[i + 1] : nullptr,
                  .value = static_cast<int16_t>(random.next() & 0x3FFF),
                  .order = static_cast<int16_t>(i)};
  }
  return entries;
}

Entry* find(Entry* list, int16_t value) {
  while (list != nullptr && (list->value & 0xFF) != (value & 0xFF)) list = list->next;
  return list;
}

Entry* reversed(Entry* list) {
  Entry* result = nullptr;
  while (list != nullptr) {
    Entry* const next = list->next;
    list->next = result;
    result = list;
    list = next;
  }
  return result;
}

using Comparison = int (*)(const Entry&, const Entry&);
int by_value(const Entry& a, const Entry& b) { return a.value - b.value; }
int by_order(const Entry& a, const Entry& b) { return a.order - b.order; }

// Merge sort from the bottom up, without recursion.
Entry* sorted(Entry* list, Comparison compare) {
  for (int run = 1;; run *= 2) {
    Entry* rest = list;
    Entry** end = &list;
    int merges = 0;
    while (rest != nullptr) {
      ++merges;
      Entry* left = rest;
      int left_count = 0;
      while (left_count < run && rest != nullptr) {
        rest = rest->next;
        ++left_count;
      }
      int right_count = run;
      while (left_count > 0 || (right_count > 0 && rest != nullptr)) {
        const bool take_left = left_count != 0 && (right_count == 0 || rest == nullptr || compare(*left, *rest) <= 0);
        Entry*& source = take_left ? left : rest;
        --(take_left ? left_count : right_count);
        *end = source;
        end = &source->next;
        source = source->next;
      }
    }
    *end = nullptr;
    if (merges <= 1) return list;
  }
}

uint16_t list_round(uint32_t seed, uint16_t crc) {
  Entry* list = make_list(seed);
  kernel::Random random(seed + 1);
  int found = 0;
  for (int i = 0; i < 40; ++i) {
    list = reversed(list);
    if (const Entry* entry = find(list, static_cast<int16_t>(random.next()))) found += entry->order & 7;
  }
  Comparison compare = by_value;
  kernel::opaque(compare);
  list = sorted(list, compare);
  for (const Entry* entry = list; entry != nullptr; entry = entry->next) {
    crc = crc_half(static_cast<uint16_t>(entry->value), crc);
  }
  compare = by_order;
  kernel::opaque(compare);
  list = sorted(list, compare);
  return crc_half(static_cast<uint16_t>(found + list->value), crc);
}

// --- Matrix ---

constexpr int side = 12;
int16_t left[side * side], right[side * side];
int32_t product[side * side];

int32_t sum_of_runs(const int32_t* matrix) {
  int32_t result = 0, previous = 0, total = 0;
  for (int i = 0; i < side * side; ++i) {
    total += matrix[i];
    if (total > 1'000'000) {
      result += 10;
      total = 0;
    } else {
      result += matrix[i] > previous ? 1 : 0;
    }
    previous = matrix[i];
  }
  return result;
}

void multiply() {
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < side; ++j) {
      int32_t sum = 0;
      for (int k = 0; k < side; ++k) sum += left[i * side + k] * right[k * side + j];
      product[i * side + j] = sum;
    }
  }
}

void multiply_bits() {
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < side; ++j) {
      int32_t sum = 0;
      for (int k = 0; k < side; ++k) {
        const int32_t term = left[i * side + k] * right[k * side + j];
        sum += (term >> 2 & 0xF) * (term >> 5 & 0x7F);
      }
      product[i * side + j] = sum;
    }
  }
}

uint16_t matrix_round(uint32_t seed, uint16_t crc) {
  kernel::Random random(seed);
  for (int i = 0; i < side * side; ++i) {
    left[i] = static_cast<int16_t>(random.next() & 0xFF);
    right[i] = static_cast<int16_t>(random.next() & 0xFF);
  }
  multiply();
  crc = crc_word(static_cast<uint32_t>(sum_of_runs(product)), crc);
  multiply_bits();
  return crc_word(static_cast<uint32_t>(sum_of_runs(product)), crc);
}

// --- State machine: which fields of a comma-separated text are numbers, and of which form ---

enum State : uint8_t {
  start,
  integer,
  sign,
  point,
  fraction,
  exponent,
  exponent_sign,
  scientific,
  invalid,
  state_count
};
constexpr const char* fields[] = {"5012",     "-874",     "+122",     "35.54400", ".1234500", "-110.700", "+0.64400",
                                  "5.500e+3", "-.123e-2", "-87e+832", "+0.6e-12", "T0.3e-1F", "-T.T++Tq", "1T3.4e4z"};
char text[600];
int text_length;

void make_text() {
  kernel::Random random(11);
  text_length = 0;
  while (text_length + 10 < static_cast<int>(sizeof text)) {
    for (const char* each = fields[random.below(std::size(fields))]; *each != 0; ++each) text[text_length++] = *each;
    text[text_length++] = ',';
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

State after(State state, char c) {
  switch (state) {
    case start: return is_digit(c) ? integer : c == '+' || c == '-' ? sign : c == '.' ? point : invalid;
    case sign: return is_digit(c) ? integer : c == '.' ? point : invalid;
    case integer: return is_digit(c) ? integer : c == '.' ? point : c == 'e' || c == 'E' ? exponent : invalid;
    case point:
    case fraction: return is_digit(c) ? fraction : c == 'e' || c == 'E' ? exponent : invalid;
    case exponent: return c == '+' || c == '-' ? exponent_sign : is_digit(c) ? scientific : invalid;
    case exponent_sign:
    case scientific: return is_digit(c) ? scientific : invalid;
    default: return invalid;
  }
}

uint16_t state_round(uint32_t seed, uint16_t crc) {
  uint32_t final_states[state_count] = {};
  uint32_t transitions[state_count] = {};
  const int step = 3 + static_cast<int>(seed % 13);
  for (int i = 0; i < text_length; i += step) {
    if (text[i] != ',') text[i] = static_cast<char>(text[i] ^ 4);
  }
  State state = start;
  for (int i = 0; i < text_length; ++i) {
    if (text[i] == ',') {
      ++final_states[state];
      state = start;
      continue;
    }
    const State next = after(state, text[i]);
    if (next != state) ++transitions[state];
    state = next;
  }
  for (int i = 0; i < text_length; i += step) {
    if (text[i] != ',') text[i] = static_cast<char>(text[i] ^ 4);
  }
  for (uint32_t each : final_states) crc = crc_word(each, crc);
  for (uint32_t each : transitions) crc = crc_word(each, crc);
  return crc;
}

uint64_t work() {
  uint16_t crc = 0;
  for (uint32_t i = 1; i <= 100; ++i) {
    crc = list_round(i, crc);
    crc = matrix_round(i, crc);
    crc = state_round(i, crc);
  }
  return crc;
}

}  // namespace

int main(int argument_count, char** arguments) {
  make_text();
  return kernel::run(argument_count, arguments, work);
}
