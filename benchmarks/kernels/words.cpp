// SPDX-License-Identifier: Apache-2.0
// Text as servers treat it: lines split into words, lower-cased, hashed, counted in an open-addressed table.
#include "kernel.hpp"

namespace {

constexpr uint32_t text_size_bytes = 1 << 20;
char text[text_size_bytes];

void make_text() {
  kernel::Random random(19);
  uint32_t i = 0;
  while (i < text_size_bytes) {
    // Short words are many, and few begin most of them.
    uint32_t length = 1 + random.below(4) + random.below(7) * random.below(2);
    uint32_t spelling = random.below(random.below(4000) + 1) * 2654435761u;
    const bool capital = random.below(8) == 0;
    for (uint32_t at = 0; at < length && i < text_size_bytes; ++at) {
      const char letter = static_cast<char>('a' + (spelling >> 16) % 26);
      text[i++] = at == 0 && capital ? static_cast<char>(letter - 'a' + 'A') : letter;
      spelling = spelling * 1664525 + 1013904223;
    }
    if (i < text_size_bytes) text[i++] = random.below(12) == 0 ? '\n' : random.below(9) == 0 ? ',' : ' ';
  }
}

struct Word {
  uint32_t start;  // in `text`
  uint32_t length;
  uint32_t hash;
  uint32_t count;
};

constexpr uint32_t table_size = 1 << 15;
Word table[table_size];

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

bool same(const Word& known, uint32_t start, uint32_t length, uint32_t hash) {
  if (known.hash != hash || known.length != length) return false;
  for (uint32_t i = 0; i < length; ++i) {
    if (lower(text[known.start + i]) != lower(text[start + i])) return false;
  }
  return true;
}

void count_word(uint32_t start, uint32_t length, uint32_t hash) {
  uint32_t place = hash % table_size;
  while (table[place].count != 0 && !same(table[place], start, length, hash)) place = (place + 1) % table_size;
  Word& word = table[place];
  if (word.count == 0) word = {.start = start, .length = length, .hash = hash, .count = 0};
  ++word.count;
}

uint64_t work() {
  for (Word& each : table) each.count = 0;
  uint32_t lines = 0;
  for (uint32_t i = 0; i < text_size_bytes;) {
    if (!is_letter(text[i])) {
      lines += text[i] == '\n' ? 1 : 0;
      ++i;
      continue;
    }
    const uint32_t start = i;
    uint32_t hash = 2166136261;
    for (; i < text_size_bytes && is_letter(text[i]); ++i) {
      hash = (hash ^ static_cast<uint8_t>(lower(text[i]))) * 16777619;
    }
    count_word(start, i - start, hash);
  }
  kernel::Checksum checksum;
  checksum.add(lines);
  for (const Word& each : table) {
    if (each.count != 0) checksum.add(each.count * 64 + each.length);
  }
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) {
  make_text();
  return kernel::run(argument_count, arguments, work);
}
