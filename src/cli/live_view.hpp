// SPDX-License-Identifier: Apache-2.0
// What `shallop bench` shows while it measures, on standard error: on a terminal a line that is rewritten every second,
// elsewhere a plain line now and then. Nothing of it is left on the terminal afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/run.hpp"

namespace shallop::cli {

class LiveView {
 public:
  enum class Form : uint8_t { none, plain, terminal };

  explicit LiveView(Form form) : form_(form) {}
  ~LiveView() { clear(); }
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  // By what standard error is.
  static Form form_of_standard_error(bool quiet);

  void say(const std::string& text);  // before there are figures; terminals only
  void show(const loadgen::Progress& progress);
  void clear();

 private:
  Form form_;
  bool is_shown_ = false;
  int64_t next_plain_ns_ = 0;
  std::vector<double> rates_;  // of the latest intervals
};

// "▁▃█": each value against the largest.
std::string sparkline(const std::vector<double>& values);

}  // namespace shallop::cli
