// SPDX-License-Identifier: Apache-2.0
// Attacks on the sandbox by every call that takes a path. Calls that change something are tried only on what the test
// has laid out: should the sandbox break, the host's own files must not pay for it. Those are looked at, and no more.
// The argument is the absolute path of the layout, "@" in the paths below:
//
//   @/outside/secret, @/outside/dir/    what must not be read, touched or made
//   @/inside/                           preopened at 3; beside it, "second/" at 4
//   inside/file, inside/sub/file, second/file
//   inside/abs -> @/outside             absolute
//   inside/rel -> ../outside            by ".."
//   inside/chain1 -> chain2 -> chain3 -> rel
//   inside/winding -> sub/../../outside
//   inside/top -> /                     and from there to everything
//   inside/proc -> /proc/self/root      a magic link
//   inside/loop1 -> loop2 -> loop1
//   inside/sub/up -> ../..              a directory up from where it should end
//   inside/hard                         a hard link to "file"
#include "expect.h"

static uint32_t opened, used;
static char buffer[256];
static struct filestat stat;

enum calls {
  call_open,
  call_create,
  call_truncate,
  call_stat,
  call_times,
  call_readlink,
  call_make,
  call_unlink,
  call_remove,
  call_symlink,
  call_link_from,
  call_link_to,
  call_rename_from,
  call_rename_to,
  call_count
};

// One call with a path that leads, or would make something, outside. Follows links where it can.
static uint32_t attack(enum calls call, const char* path, uint32_t size) {
  switch (call) {
    case call_open: return wasi_path_open(3, follow, path, size, 0, RIGHT(read_), 0, 0, &opened);
    case call_create: return wasi_path_open(3, follow, path, size, o_creat, RIGHT(write_), 0, 0, &opened);
    case call_truncate: return wasi_path_open(3, follow, path, size, o_trunc, RIGHT(write_), 0, 0, &opened);
    case call_stat: return wasi_path_filestat_get(3, follow, path, size, &stat);
    case call_times: return wasi_path_filestat_set_times(3, follow, path, size, 1, 1, set_atim | set_mtim);
    case call_readlink: return wasi_path_readlink(3, path, size, buffer, sizeof buffer, &used);
    case call_make: return wasi_path_create_directory(3, path, size);
    case call_unlink: return wasi_path_unlink_file(3, path, size);
    case call_remove: return wasi_path_remove_directory(3, path, size);
    case call_symlink: return wasi_path_symlink(PATH("file"), 3, path, size);
    case call_link_from: return wasi_path_link(3, follow, path, size, 3, PATH("stolen"));
    case call_link_to: return wasi_path_link(3, no_follow, PATH("file"), 3, path, size);
    case call_rename_from: return wasi_path_rename(3, path, size, 3, PATH("stolen"));
    case call_rename_to: return wasi_path_rename(3, PATH("file"), 3, path, size);
    default: return errno_success;
  }
}

static void refuse(const char* what, enum calls call, const char* path, uint32_t size, uint32_t error) {
  const uint32_t got = attack(call, path, size);
  if (got == error) return;
  char text[300];
  snprintf(text, sizeof text, "%s: call %d with \"%s\" answers %s", what, (int)call, path, errno_name(got));
  fail(__FILE__, __LINE__, text);
}

static const char* layout;

// Tries `path`, whose "@" stands for the layout, by `count` of the calls.
static void refuse_by(const enum calls* tried, unsigned count, const char* path) {
  char text[1024];
  const char* at = strchr(path, '@');
  if (at == NULL) {
    snprintf(text, sizeof text, "%s", path);
  } else {
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - path), path, layout, at + 1);
  }
  for (unsigned i = 0; i < count; ++i) refuse("leads out", tried[i], text, (uint32_t)strlen(text), errno_perm);
}

// Paths whose last component lies outside: whatever a call does with it, it does it there.
static void leading_out(void) {
  static const char* const paths[] = {
      "../outside/secret",
      "../outside/new",
      "../outside/dir",
      "../outside/",
      "./../outside/secret",
      "sub/../../outside/secret",
      "sub/../sub/../../outside/secret",
      ".//sub//..//..//outside//secret",
      "../inside/file",
      "../inside/../outside/secret",
      "@/outside/secret",
      "@/outside/new",
      "/@/outside/secret",
      "/..@/outside/secret",
      "/proc/self/root@/outside/secret",
      "abs/secret",
      "abs/new",
      "abs/dir/",
      "abs/../outside/secret",
      "rel/secret",
      "rel/new",
      "rel/dir/..",
      "rel/../second/file",
      "chain1/secret",
      "winding/secret",
      "winding/new",
      "top@/outside/secret",
      "top@/outside/new",
      "top/proc/self/root@/outside/secret",
      "proc@/outside/secret",
      "sub/up/outside/secret",
      "sub/up/outside/new",
      "sub/up/inside/file",
      "sub/./up/./outside/./secret",
  };
  enum calls all[call_count];
  for (int call = 0; call < call_count; ++call) all[call] = (enum calls)call;
  for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; ++i) refuse_by(all, call_count, paths[i]);
}

static const enum calls looking[] = {call_open, call_stat, call_readlink};
enum { looking_count = sizeof looking / sizeof looking[0] };

// The host's own.
static void looking_out(void) {
  static const char* const paths[] = {
      "/",
      "///",
      "/etc/passwd",
      "//etc/passwd",
      "/../etc/passwd",
      "/proc/self/mem",
      "/proc/self/fd/0",
      "../../../../../../etc/passwd",
      "sub/up/../../../../../etc/passwd",
      "top/etc/passwd",
      "top/proc/self/mem",
      "top/proc/self/root/etc/passwd",
      "proc/etc/passwd",
  };
  for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; ++i) refuse_by(looking, looking_count, paths[i]);
}

// Links themselves, for calls that follow them.
static void followed_links(void) {
  static const char* const links[] = {"abs", "rel", "chain1", "winding", "sub/up"};
  static const enum calls following[] = {call_open, call_stat, call_times, call_link_from};
  enum { following_count = sizeof following / sizeof following[0] };
  for (unsigned i = 0; i < sizeof links / sizeof links[0]; ++i) refuse_by(following, following_count, links[i]);
  refuse_by(looking, 2, "top");
  refuse_by(looking, 2, "proc");
  for (unsigned k = 0; k < following_count; ++k) refuse("loops", following[k], PATH("loop1"), errno_loop);
  for (int call = 0; call < call_count; ++call) refuse("loops", (enum calls)call, PATH("loop1/file"), errno_loop);
}

// A directory's own name for what is above it, and the names that some file systems give a meaning.
static void last_components(void) {
  for (int call = 0; call < call_count; ++call) {
    refuse("above", (enum calls)call, PATH(".."), errno_perm);
    refuse("above", (enum calls)call, PATH("../"), errno_perm);
    refuse("NUL", (enum calls)call, PATH("file\0/../../outside/secret"), errno_inval);
    refuse("NUL", (enum calls)call, PATH("\0"), errno_inval);
    refuse("empty", (enum calls)call, PATH(""), errno_noent);
  }
  // Within the sandbox ".." is like any other way.
  CHECK(attack(call_stat, PATH("sub/..")) == errno_success);
  CHECK(attack(call_stat, PATH("sub/../sub/../file")) == errno_success);
  CHECK(attack(call_open, PATH("sub/../file")) == errno_success);
}

// Backslashes, encodings of dots and slashes, and bytes that are no text are names like any other.
static void names_that_are_none_of_it(void) {
  static const char* const names[] = {"..\\outside\\secret",
                                      "%2e%2e%2foutside%2fsecret",
                                      "\xC0\xAE\xC0\xAE\xC0\xAFoutside",
                                      "\xFF\xFE\xFD",
                                      "..\xE2\x88\x95outside",
                                      "... ",
                                      "..\x01"};
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; ++i) {
    const uint32_t size = (uint32_t)strlen(names[i]);
    refuse("a name", call_open, names[i], size, errno_noent);
    CHECK(attack(call_make, names[i], size) == errno_success && attack(call_remove, names[i], size) == errno_success);
  }
}

static void long_paths(void) {
  static char path[8192];
  memset(path, 'n', sizeof path);
  for (int call = 0; call < call_count; ++call) {
    refuse("4096 bytes", (enum calls)call, path, 4096, errno_nametoolong);
    refuse("8192 bytes", (enum calls)call, path, 8192, errno_nametoolong);
    refuse("256 bytes", (enum calls)call, path, 256, errno_nametoolong);
  }
  // As long as can be, and out at its very end.
  for (unsigned at = 0; at + 7 <= 4086; at += 7) memcpy(path + at, "sub/../", 7);
  memcpy(path + 4081, "../file", 7);  // 583 times "sub/../"
  for (int call = 0; call < call_count; ++call) refuse("4088 bytes", (enum calls)call, path, 4088, errno_perm);
  CHECK(attack(call_stat, path, 4081) == errno_success);
}

// Links of the guest's own making: none that points out can be made, none that would after a move leads out.
static void made_links(void) {
  EXPECT(path_symlink, perm, PATH("/"), 3, PATH("made"));
  EXPECT(path_symlink, perm, PATH("/proc/self/root"), 3, PATH("made"));
  EXPECT(path_symlink, perm, PATH(".."), 3, PATH("made"));
  EXPECT(path_symlink, perm, PATH("sub/../../outside"), 3, PATH("made"));
  EXPECT(path_symlink, perm, PATH("../../outside"), 3, PATH("sub/made"));
  EXPECT(path_symlink, success, PATH("../file"), 3, PATH("sub/made"));
  EXPECT(path_rename, success, 3, PATH("sub/made"), 3, PATH("made"));  // now it points above the preopen
  refuse("moved", call_open, PATH("made"), errno_perm);
  refuse("moved", call_stat, PATH("made"), errno_perm);
  EXPECT(path_unlink_file, success, 3, PATH("made"));
}

// A directory that is moved while it is open keeps its own bounds, and ".." from it leads nowhere.
static void moved_directories(void) {
  EXPECT(path_create_directory, success, 3, PATH("sub/deep"));
  const uint32_t deep = open_at(3, "sub/deep", o_directory, DIRECTORY_RIGHTS, ALL_RIGHTS);
  EXPECT(path_open, perm, deep, no_follow, PATH("../file"), 0, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_rename, success, 3, PATH("sub/deep"), 4, PATH("deep"));
  EXPECT(path_open, perm, deep, no_follow, PATH("../file"), 0, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_open, perm, deep, no_follow, PATH(".."), 0, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_filestat_get, perm, deep, follow, PATH(".."), &stat);
  EXPECT(path_remove_directory, success, 4, PATH("deep"));
  EXPECT(path_open, noent, deep, no_follow, PATH("x"), o_creat, RIGHT(read_), 0, 0, &opened);
  EXPECT(fd_close, success, deep);
}

// Between preopens one may rename and link; from one to the other by path one may not.
static void two_preopens(void) {
  refuse("the other preopen", call_open, PATH("../second/file"), errno_perm);
  EXPECT(path_rename, success, 3, PATH("hard"), 4, PATH("hard"));
  EXPECT(path_rename, success, 4, PATH("hard"), 3, PATH("hard"));
  EXPECT(path_rename, perm, 3, PATH("file"), 4, PATH("../outside/new"));
  EXPECT(path_rename, perm, 4, PATH("../outside/secret"), 3, PATH("stolen"));
  EXPECT(path_link, success, 3, no_follow, PATH("file"), 4, PATH("linked"));
  EXPECT(path_link, perm, 3, no_follow, PATH("file"), 4, PATH("../outside/new"));
  EXPECT(path_link, perm, 4, follow, PATH("../outside/secret"), 3, PATH("stolen"));
  EXPECT(path_unlink_file, success, 4, PATH("linked"));
  // A link that moves to the other preopen leads out of that one too.
  EXPECT(path_rename, success, 3, PATH("rel"), 4, PATH("rel"));
  EXPECT(path_open, perm, 4, follow, PATH("rel/secret"), 0, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_rename, success, 4, PATH("rel"), 3, PATH("rel"));
  // Nor does a hard link to a link.
  EXPECT(path_link, success, 3, no_follow, PATH("abs"), 4, PATH("abs"));
  EXPECT(path_open, perm, 4, follow, PATH("abs/secret"), 0, RIGHT(read_), 0, 0, &opened);
  EXPECT(path_unlink_file, success, 4, PATH("abs"));
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  layout = argv[1];
  leading_out();
  looking_out();
  followed_links();
  last_components();
  names_that_are_none_of_it();
  long_paths();
  made_links();
  moved_directories();
  two_preopens();
  return (int)finish();
}
