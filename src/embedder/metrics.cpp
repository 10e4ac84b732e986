// SPDX-License-Identifier: Apache-2.0
#include "embedder/metrics.hpp"

#include <fmt/format.h>

#include <iterator>

namespace shallop {
namespace {

using Level = wasi::Counter wasi::WorkerCounters::*;

class Text {
 public:
  explicit Text(const ProcessMetrics& metrics) : metrics_(metrics) {}

  void family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  void sample(std::string_view name, std::string_view labels, uint64_t value) {
    fmt::format_to(std::back_inserter(text_), "{}{}{}{} {}\n", name, labels.empty() ? "" : "{", labels,
                   labels.empty() ? "" : "}", value);
  }
  // One sample a worker.
  void of_workers(std::string_view name, Level counter, std::string_view more_labels = "") {
    for (size_t i = 0; i < metrics_.workers.size(); ++i) {
      sample(name, fmt::format("worker=\"{}\"{}", i, more_labels), (metrics_.workers[i]->*counter).read());
    }
  }
  void memory_pages() {
    constexpr uint64_t page_bytes = 65'536;
    family("shallop_memory_pages", "gauge", "The same in WebAssembly's pages of 64 KiB.");
    for (size_t i = 0; i < metrics_.workers.size(); ++i) {
      sample("shallop_memory_pages", fmt::format("worker=\"{}\"", i),
             metrics_.workers[i]->memory_bytes.read() / page_bytes);
    }
  }
  void per_worker(std::string_view name, std::string_view type, std::string_view help, Level counter) {
    family(name, type, help);
    of_workers(name, counter);
  }
  std::string take() { return std::move(text_); }

 private:
  const ProcessMetrics& metrics_;
  std::string text_;
};

}  // namespace

std::string prometheus_text(const ProcessMetrics& metrics) {
  using Counters = wasi::WorkerCounters;
  Text text(metrics);
  text.family("shallop_engine", "gauge", "What runs the guests.");
  text.sample("shallop_engine", fmt::format("engine=\"{}\"", metrics.engine.engine), 1);
  text.family("shallop_compilation", "gauge", "1 at the state of the module's compilation to native code.");
  for (const std::string_view state : {"interpreted", "compiling", "native", "failed"}) {
    text.sample("shallop_compilation", fmt::format("state=\"{}\"", state), state == metrics.engine.compilation ? 1 : 0);
  }
  text.family("shallop_workers", "gauge", "Instances of the module.");
  text.sample("shallop_workers", "", metrics.workers.size());
  text.family("shallop_draining", "gauge", "1 while the process takes no new connections and ends.");
  text.sample("shallop_draining", "", metrics.draining ? 1 : 0);

  text.per_worker("shallop_connections", "gauge", "Open connections that clients opened.", &Counters::open_connections);
  text.per_worker("shallop_accepts_total", "counter", "Connections taken from clients.", &Counters::accepts);
  text.per_worker("shallop_received_bytes_total", "counter", "Bytes received on sockets.", &Counters::received_bytes);
  text.per_worker("shallop_sent_bytes_total", "counter", "Bytes sent on sockets.", &Counters::sent_bytes);
  text.per_worker("shallop_polls_total", "counter", "Times that the guest asked what is ready.", &Counters::polls);

  text.family("shallop_system_calls_total", "counter", "Calls to the host's kernel on the server's path, by kind.");
  text.of_workers("shallop_system_calls_total", &Counters::accepts, ",kind=\"accept\"");
  text.of_workers("shallop_system_calls_total", &Counters::receives, ",kind=\"receive\"");
  text.of_workers("shallop_system_calls_total", &Counters::sends, ",kind=\"send\"");
  text.of_workers("shallop_system_calls_total", &Counters::waits, ",kind=\"epoll_wait\"");
  text.of_workers("shallop_system_calls_total", &Counters::watches, ",kind=\"epoll_ctl\"");

  text.per_worker("shallop_memory_bytes", "gauge", "Linear memory of the guest when it polled last.",
                  &Counters::memory_bytes);
  text.memory_pages();
  text.family("shallop_traps_total", "counter", "Guests that ended with a trap.");
  text.sample("shallop_traps_total", "", metrics.traps);
  text.family("shallop_worker_restarts_total", "counter", "Workers that were started again.");
  text.sample("shallop_worker_restarts_total", "", metrics.restarts);
  return text.take();
}

}  // namespace shallop
