// SPDX-License-Identifier: Apache-2.0
// A histogram in the forms that HdrHistogram's tools read: its percentile text (.hgrm, for the plotter), the compressed
// V2 encoding in base64, and a log of one interval (.hlog) around that.
// https://github.com/HdrHistogram/HdrHistogram (HistogramLogWriter, AbstractHistogram.encodeIntoCompressedByteBuffer)
#pragma once

#include <cstdint>
#include <string>

#include "loadgen/histogram.hpp"

namespace shallop::loadgen {

// Values in milliseconds, five steps for each halving of the distance to 100 %.
std::string percentile_text(const Histogram& histogram);

std::string compressed_base64(const Histogram& histogram);

// `start_s` is seconds since 1970; the histogram covers `length_s` from then on.
std::string histogram_log(const Histogram& histogram, double start_s, double length_s);

}  // namespace shallop::loadgen
