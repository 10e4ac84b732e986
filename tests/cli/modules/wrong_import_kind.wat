;; SPDX-License-Identifier: Apache-2.0
(module
  (import "wasi_snapshot_preview1" "fd_close" (global i32))
  (func (export "_start")))
