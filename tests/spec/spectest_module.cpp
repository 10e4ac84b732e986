// SPDX-License-Identifier: Apache-2.0
#include "spec/spectest_module.hpp"

#include "runtime/host_function.hpp"

namespace shallop::spec {
namespace {

struct Silence {};

template <class... Arguments>
void print(Silence&, Caller, Arguments...) noexcept {}

}  // namespace

void define_spectest(Store& store, Linker& linker) {
  static Silence silence;
  const auto define = [&linker](const char* name, Extern item) { linker.define("spectest", name, item); };
  define("print", &add_host_function<print<>>(store, silence));
  define("print_i32", &add_host_function<print<int32_t>>(store, silence));
  define("print_i64", &add_host_function<print<int64_t>>(store, silence));
  define("print_f32", &add_host_function<print<float>>(store, silence));
  define("print_f64", &add_host_function<print<double>>(store, silence));
  define("print_i32_f32", &add_host_function<print<int32_t, float>>(store, silence));
  define("print_f64_f64", &add_host_function<print<double, double>>(store, silence));

  const auto define_global = [&](const char* name, const Value& value) {
    define(name, &store.add_global({.type = value.type, .is_mutable = false}, value));
  };
  define_global("global_i32", Value::i32(666));
  define_global("global_i64", Value::i64(666));
  define_global("global_f32", Value::f32(666.6f));
  define_global("global_f64", Value::f64(666.6));
  define("table", &store.add_table({.element = ValueType::funcref, .limits = {.minimum = 10, .maximum = 20}}));
  define("memory", &store.add_memory({.limits = {.minimum = 1, .maximum = 2}}));
  define("shared_memory", &store.add_memory({.limits = {.minimum = 1, .maximum = 2}, .shared = true}));
}

}  // namespace shallop::spec
