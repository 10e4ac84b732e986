// SPDX-License-Identifier: Apache-2.0
// wasm3 as a program: `wasm3 FILE.wasm [ARGS...]`. Its library comes without WASI, so what the kernels import of it is
// here, written as wasm3's own programs do it. ./dev peers builds this against wasm3's sources.
#include <m3_env.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasm3.h>

enum { wasi_success = 0, wasi_badf = 8, wasi_fault = 21, wasi_inval = 28, wasi_io = 29, wasi_spipe = 70 };
enum { stack_bytes = 1 << 20, fdstat_bytes = 24, character_device = 2 };

static int guest_argument_count;
static char** guest_arguments;
static int exit_status;

// clang-format off: wasm3's macros are statements without a semicolon.
m3ApiRawFunction(args_sizes_get) {
  m3ApiReturnType(uint32_t)
  m3ApiGetArgMem(uint32_t*, count)
  m3ApiGetArgMem(uint32_t*, size)
  m3ApiCheckMem(count, sizeof *count);
  m3ApiCheckMem(size, sizeof *size);
  uint32_t bytes = 0;
  for (int i = 0; i < guest_argument_count; ++i) bytes += (uint32_t)strlen(guest_arguments[i]) + 1;
  *count = (uint32_t)guest_argument_count;
  *size = bytes;
  m3ApiReturn(wasi_success);
}

m3ApiRawFunction(args_get) {
  m3ApiReturnType(uint32_t)
  m3ApiGetArgMem(uint32_t*, places)
  m3ApiGetArgMem(char*, bytes)
  m3ApiCheckMem(places, sizeof *places * (size_t)guest_argument_count);
  for (int i = 0; i < guest_argument_count; ++i) {
    const size_t size = strlen(guest_arguments[i]) + 1;
    m3ApiCheckMem(bytes, size);
    places[i] = m3ApiPtrToOffset(bytes);
    memcpy(bytes, guest_arguments[i], size);
    bytes += size;
  }
  m3ApiReturn(wasi_success);
}

m3ApiRawFunction(clock_time_get) {
  m3ApiReturnType(uint32_t)
  m3ApiGetArg(uint32_t, clock)
  m3ApiGetArg(uint64_t, precision)
  m3ApiGetArgMem(uint64_t*, result)
  (void)precision;
  m3ApiCheckMem(result, sizeof *result);
  if (clock > 1) m3ApiReturn(wasi_inval);
  struct timespec time;
  if (clock_gettime(clock == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &time) != 0) m3ApiReturn(wasi_inval);
  const uint64_t time_ns = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
  memcpy(result, &time_ns, sizeof time_ns);
  m3ApiReturn(wasi_success);
}

struct Ciovec {
  uint32_t address;
  uint32_t size;
};

m3ApiRawFunction(fd_write) {
  m3ApiReturnType(uint32_t)
  m3ApiGetArg(uint32_t, descriptor)
  m3ApiGetArgMem(const struct Ciovec*, vectors)
  m3ApiGetArg(uint32_t, count)
  m3ApiGetArgMem(uint32_t*, result)
  m3ApiCheckMem(vectors, sizeof *vectors * (size_t)count);
  m3ApiCheckMem(result, sizeof *result);
  if (descriptor != STDOUT_FILENO && descriptor != STDERR_FILENO) m3ApiReturn(wasi_badf);
  uint32_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const void* bytes = m3ApiOffsetToPtr(vectors[i].address);
    m3ApiCheckMem(bytes, vectors[i].size);
    const ssize_t written = write((int)descriptor, bytes, vectors[i].size);
    if (written < 0) m3ApiReturn(wasi_io);
    sum += (uint32_t)written;
    if ((uint32_t)written < vectors[i].size) break;
  }
  memcpy(result, &sum, sizeof sum);
  m3ApiReturn(wasi_success);
}

m3ApiRawFunction(fd_fdstat_get) {
  m3ApiReturnType(uint32_t)
  m3ApiGetArg(uint32_t, descriptor)
  m3ApiGetArgMem(uint8_t*, result)
  m3ApiCheckMem(result, fdstat_bytes);
  if (descriptor > STDERR_FILENO) m3ApiReturn(wasi_badf);
  memset(result, 0, fdstat_bytes);
  result[0] = character_device;
  memset(result + 8, 0xff, 16);  // all rights, also to inherit
  m3ApiReturn(wasi_success);
}

m3ApiRawFunction(fd_seek) {
  m3ApiReturnType(uint32_t)
  m3ApiReturn(wasi_spipe);
}

m3ApiRawFunction(fd_close) {
  m3ApiReturnType(uint32_t)
  m3ApiReturn(wasi_success);
}

m3ApiRawFunction(proc_exit) {
  m3ApiGetArg(uint32_t, status)
  exit_status = (int)status;
  m3ApiTrap(m3Err_trapExit);
}
// clang-format on

static uint8_t* read_file(const char* path, uint32_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (uint32_t)ftell(file);
  rewind(file);
  uint8_t* bytes = malloc(*size);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) bytes = NULL;
  fclose(file);
  return bytes;
}

static void link_wasi(IM3Module module) {
  static const char wasi[] = "wasi_snapshot_preview1";
  m3_LinkRawFunction(module, wasi, "args_sizes_get", "i(**)", args_sizes_get);
  m3_LinkRawFunction(module, wasi, "args_get", "i(**)", args_get);
  m3_LinkRawFunction(module, wasi, "clock_time_get", "i(iI*)", clock_time_get);
  m3_LinkRawFunction(module, wasi, "fd_write", "i(i*i*)", fd_write);
  m3_LinkRawFunction(module, wasi, "fd_fdstat_get", "i(i*)", fd_fdstat_get);
  m3_LinkRawFunction(module, wasi, "fd_seek", "i(iIi*)", fd_seek);
  m3_LinkRawFunction(module, wasi, "fd_close", "i(i)", fd_close);
  m3_LinkRawFunction(module, wasi, "proc_exit", "v(i)", proc_exit);
}

static M3Result start(IM3Runtime runtime, IM3Environment environment, const uint8_t* bytes, uint32_t size) {
  IM3Module module;
  M3Result failure = m3_ParseModule(environment, &module, bytes, size);
  if (failure == NULL) failure = m3_LoadModule(runtime, module);
  if (failure != NULL) return failure;
  link_wasi(module);
  IM3Function function;
  failure = m3_FindFunction(&function, runtime, "_start");
  if (failure == NULL) failure = m3_CallV(function);
  return failure == m3Err_trapExit ? NULL : failure;
}

int main(int argument_count, char** arguments) {
  if (argument_count == 2 && strcmp(arguments[1], "--version") == 0) {
    printf("wasm3 %s\n", M3_VERSION);
    return 0;
  }
  uint32_t size = 0;
  const uint8_t* bytes = argument_count > 1 ? read_file(arguments[1], &size) : NULL;
  if (bytes == NULL) {
    fprintf(stderr, "wasm3: usage: wasm3 FILE.wasm [ARGS...], where FILE.wasm can be read\n");
    return 2;
  }
  guest_argument_count = argument_count - 1;
  guest_arguments = arguments + 1;
  IM3Environment environment = m3_NewEnvironment();
  IM3Runtime runtime = m3_NewRuntime(environment, stack_bytes, NULL);
  const M3Result failure = start(runtime, environment, bytes, size);
  if (failure != NULL) {
    fprintf(stderr, "wasm3: %s: %s\n", arguments[1], failure);
    return 1;
  }
  return exit_status;
}
