// SPDX-License-Identifier: Apache-2.0
// What guests can import, and as which type.
#include "wasi/link.hpp"

#include <algorithm>

#include "unit/wasi/guest.hpp"
#include "wasm/error.hpp"
#include "wasm/module.hpp"

namespace shallop::wasi {
namespace {

// As in the table of types: one letter a parameter, `:` and the result.
FuncType type(std::string_view text) {
  FuncType type;
  for (const char letter : text.substr(0, text.find(':'))) {
    type.parameters.push_back(letter == 'I' ? ValueType::i64 : ValueType::i32);
  }
  if (text.find(':') + 1 < text.size()) type.results = {ValueType::i32};
  return type;
}

class LinkTest : public testing::Test {
 protected:
  LinkTest() { link(linker_, *guest_.context.store, guest_.context); }

  // The function that an import of this type gets; null when there is none.
  const FunctionInstance* import(std::string_view name, std::string_view text) {
    Module module;
    module.types = {type(text)};
    module.imports.push_back(
        {.module = "wasi_snapshot_preview1", .name = std::string(name), .description = TypeIndex{0}});
    module.function_types = {TypeIndex{0}};
    module.imported_functions = 1;
    try {
      return std::get<FunctionInstance*>(linker_.resolve(module).at(0));
    } catch (const LinkError& error) {
      message_ = error.what();
      return nullptr;
    }
  }

  Guest guest_;
  Linker linker_;
  std::string message_;
};

TEST_F(LinkTest, AllOfPreview1IsThere) {
  for (const auto& [name, text] :
       std::vector<std::pair<const char*, const char*>>{{"args_get", "ii:i"},
                                                        {"args_sizes_get", "ii:i"},
                                                        {"environ_get", "ii:i"},
                                                        {"environ_sizes_get", "ii:i"},
                                                        {"clock_res_get", "ii:i"},
                                                        {"clock_time_get", "iIi:i"},
                                                        {"fd_advise", "iIIi:i"},
                                                        {"fd_allocate", "iII:i"},
                                                        {"fd_close", "i:i"},
                                                        {"fd_datasync", "i:i"},
                                                        {"fd_fdstat_get", "ii:i"},
                                                        {"fd_fdstat_set_flags", "ii:i"},
                                                        {"fd_fdstat_set_rights", "iII:i"},
                                                        {"fd_filestat_get", "ii:i"},
                                                        {"fd_filestat_set_size", "iI:i"},
                                                        {"fd_filestat_set_times", "iIIi:i"},
                                                        {"fd_pread", "iiiIi:i"},
                                                        {"fd_prestat_get", "ii:i"},
                                                        {"fd_prestat_dir_name", "iii:i"},
                                                        {"fd_pwrite", "iiiIi:i"},
                                                        {"fd_read", "iiii:i"},
                                                        {"fd_readdir", "iiiIi:i"},
                                                        {"fd_renumber", "ii:i"},
                                                        {"fd_seek", "iIii:i"},
                                                        {"fd_sync", "i:i"},
                                                        {"fd_tell", "ii:i"},
                                                        {"fd_write", "iiii:i"},
                                                        {"path_create_directory", "iii:i"},
                                                        {"path_filestat_get", "iiiii:i"},
                                                        {"path_filestat_set_times", "iiiiIIi:i"},
                                                        {"path_link", "iiiiiii:i"},
                                                        {"path_open", "iiiiiIIii:i"},
                                                        {"path_readlink", "iiiiii:i"},
                                                        {"path_remove_directory", "iii:i"},
                                                        {"path_rename", "iiiiii:i"},
                                                        {"path_symlink", "iiiii:i"},
                                                        {"path_unlink_file", "iii:i"},
                                                        {"poll_oneoff", "iiii:i"},
                                                        {"proc_exit", "i:"},
                                                        {"proc_raise", "i:i"},
                                                        {"sched_yield", ":i"},
                                                        {"random_get", "ii:i"},
                                                        {"sock_accept", "iii:i"},
                                                        {"sock_recv", "iiiiii:i"},
                                                        {"sock_send", "iiiii:i"},
                                                        {"sock_shutdown", "ii:i"}}) {
    EXPECT_NE(import(name, text), nullptr) << name << ": " << message_;
  }
}

TEST_F(LinkTest, BothGenerationsOfSocketCallsAreThere) {
  for (const auto& [name, text] : std::vector<std::pair<const char*, const char*>>{
           {"sock_open", "iii:i"},          {"sock_open_v2", "iii:i"},         {"sock_bind", "iii:i"},
           {"sock_bind_v2", "iii:i"},       {"sock_connect", "iii:i"},         {"sock_connect_v2", "iii:i"},
           {"sock_listen", "ii:i"},         {"sock_listen_v2", "ii:i"},        {"sock_accept", "ii:i"},
           {"sock_accept", "iii:i"},        {"sock_accept_v2", "iii:i"},       {"sock_recv_v2", "iiiiii:i"},
           {"sock_recv_from", "iiiiiii:i"}, {"sock_recv_from", "iiiiiiii:i"},  {"sock_recv_from_v2", "iiiiiiii:i"},
           {"sock_send_v2", "iiiii:i"},     {"sock_send_to", "iiiiiii:i"},     {"sock_send_to_v2", "iiiiiii:i"},
           {"sock_getsockopt", "iiiii:i"},  {"sock_setsockopt", "iiiii:i"},    {"sock_getlocaladdr", "iiii:i"},
           {"sock_getlocaladdr", "iii:i"},  {"sock_getlocaladdr_v2", "iii:i"}, {"sock_getpeeraddr", "iiii:i"},
           {"sock_getpeeraddr", "iii:i"},   {"sock_getpeeraddr_v2", "iii:i"},  {"sock_getaddrinfo", "iiiiiiii:i"},
           {"epoll_oneoff", "iiii:i"}}) {
    EXPECT_NE(import(name, text), nullptr) << name << " " << text << ": " << message_;
  }
  EXPECT_NE(import("sock_accept", "ii:i")->entry, import("sock_accept", "iii:i")->entry);
  EXPECT_EQ(import("sock_accept_v2", "iii:i")->entry, import("sock_accept", "iii:i")->entry);
}

TEST_F(LinkTest, AnotherTypeIsALinkErrorThatTellsTheTypes) {
  EXPECT_EQ(import("sock_accept", "I:"), nullptr);
  for (const std::string_view part : {"sock_accept", "(i64)", "(i32, i32)", "(i32, i32, i32)"}) {
    EXPECT_NE(message_.find(part), std::string::npos) << message_;
  }
  EXPECT_EQ(import("sock_accept_v2", "ii:i"), nullptr);
  EXPECT_EQ(import("proc_exit", "i:i"), nullptr);
  EXPECT_EQ(import("sock_open_v3", "iii:i"), nullptr);
}

TEST_F(LinkTest, ExitEndsTheCall) {
  auto* function = const_cast<FunctionInstance*>(import("proc_exit", "i:"));
  const Outcome outcome = invoke(*guest_.context.store, *function, std::vector{Value::i32(42)});
  ASSERT_TRUE(std::holds_alternative<Exit>(outcome));
  EXPECT_EQ(std::get<Exit>(outcome).code, 42u);
}

}  // namespace
}  // namespace shallop::wasi
