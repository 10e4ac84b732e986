// SPDX-License-Identifier: Apache-2.0
#include "loadgen/histogram_export.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <iterator>
#include <new>
#include <string_view>
#include <utility>

namespace shallop::loadgen {
namespace {

constexpr double ns_in_ms = 1e6;
constexpr int steps_per_halving = 5;

// "V2" encodings; the low four bits of the second nibble say that counts are words of LEB128.
constexpr uint32_t encoding_cookie = 0x1C84'9303 | 0x10;
constexpr uint32_t compressed_cookie = 0x1C84'9304 | 0x10;

template <std::unsigned_integral Integer>
void append_big_endian(std::string& bytes, Integer value) {
  for (int shift = static_cast<int>(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift & 0xFF);
  }
}

// ZigZag, then seven bits a byte; a ninth byte is whole.
void append_zigzag(std::string& bytes, int64_t value) {
  uint64_t bits = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  for (int i = 0; i < 8 && bits >= 0x80; ++i, bits >>= 7) bytes += static_cast<char>((bits & 0x7F) | 0x80);
  bytes += static_cast<char>(bits);
}

// Counts in order of the cells; a negative number stands for as many empty cells.
std::string encoded_counts(const Histogram& histogram) {
  std::string bytes;
  int64_t empty = 0;
  for (size_t i = 0; i < histogram.end_cell(); ++i) {
    const uint64_t count = histogram.count_in(i);
    if (count == 0) {
      ++empty;
      continue;
    }
    if (empty != 0) append_zigzag(bytes, -std::exchange(empty, 0));
    append_zigzag(bytes, static_cast<int64_t>(count));
  }
  return bytes;
}

std::string encoded(const Histogram& histogram) {
  const std::string counts = encoded_counts(histogram);
  std::string bytes;
  append_big_endian(bytes, encoding_cookie);
  append_big_endian(bytes, static_cast<uint32_t>(counts.size()));
  append_big_endian(bytes, uint32_t{0});  // offset of the normalised index
  append_big_endian(bytes, uint32_t{Histogram::significant_digits});
  append_big_endian(bytes, uint64_t{1});  // lowest value that is told from 0
  append_big_endian(bytes, uint64_t{Histogram::value_max_ns});
  append_big_endian(bytes, std::bit_cast<uint64_t>(1.0));  // integer to double
  return bytes + counts;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : digits[group >> (18 - 6 * k) & 0x3F];
  }
  return text;
}

// The next place of the percentile text, in per cent.
double next_step(double percent) {
  const double halvings = std::floor(std::log2(100.0 / (100.0 - percent))) + 1;
  return percent + 100.0 / (steps_per_halving * std::exp2(halvings));
}

}  // namespace

std::string percentile_text(const Histogram& histogram) {
  std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  const auto line = [&, out = std::back_inserter(text)](int64_t value_ns, double share, uint64_t seen) {
    const double value_ms = static_cast<double>(value_ns) / ns_in_ms;
    fmt::format_to(out, "{:12.6f} {:14.12f} {:10}", value_ms, share, seen);
    if (share < 1) fmt::format_to(out, " {:14.2f}", 1 / (1 - share));
    text += '\n';
  };
  const auto total = static_cast<double>(histogram.count());
  uint64_t seen = 0;
  double percent = 0;
  for (size_t i = histogram.first_cell(); i < histogram.end_cell(); ++i) {
    if (histogram.count_in(i) == 0) continue;
    seen += histogram.count_in(i);
    const int64_t value_ns = std::min(Histogram::largest_value_ns(i), histogram.max_ns());
    for (; seen < histogram.count() && percent <= 100.0 * static_cast<double>(seen) / total;
         percent = next_step(percent)) {
      line(value_ns, percent / 100, seen);
    }
  }
  if (seen != 0) line(histogram.max_ns(), 1, seen);
  fmt::format_to(std::back_inserter(text), "#[Mean    = {:12.6f}, StdDeviation   = {:12.6f}]\n",
                 histogram.mean_ns() / ns_in_ms, histogram.standard_deviation_ns() / ns_in_ms);
  fmt::format_to(std::back_inserter(text), "#[Max     = {:12.6f}, Total count    = {:12}]\n",
                 static_cast<double>(histogram.max_ns()) / ns_in_ms, histogram.count());
  fmt::format_to(std::back_inserter(text), "#[Buckets = {:12}, SubBuckets     = {:12}]\n", Histogram::buckets,
                 Histogram::sub_buckets);
  return text;
}

std::string compressed_base64(const Histogram& histogram) {
  const std::string plain = encoded(histogram);
  uLongf size = compressBound(plain.size());
  std::string deflated(size, '\0');
  // Bytef is unsigned char.
  if (compress2(reinterpret_cast<Bytef*>(deflated.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
                plain.size(), Z_BEST_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();  // the only way it can fail with room of compressBound()
  }
  std::string bytes;
  append_big_endian(bytes, compressed_cookie);
  append_big_endian(bytes, static_cast<uint32_t>(size));
  return base64(bytes.append(deflated, 0, size));
}

std::string histogram_log(const Histogram& histogram, double start_s, double length_s) {
  std::string text = "#[Histogram log format version 1.3]\n";
  auto out = std::back_inserter(text);
  fmt::format_to(out, "#[StartTime: {:.3f} (seconds since epoch)]\n", start_s);
  text += "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";
  fmt::format_to(out, "{:.3f},{:.3f},{:.3f},{}\n", start_s, length_s,
                 static_cast<double>(histogram.max_ns()) / ns_in_ms, compressed_base64(histogram));
  return text;
}

}  // namespace shallop::loadgen
