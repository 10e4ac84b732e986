;; SPDX-License-Identifier: Apache-2.0
;; Two imports that nobody has, and one that is there.
(module
  (import "wasi_snapshot_preview1" "fd_nonsense" (func (param i32) (result i32)))
  (import "env" "missing\0athing" (func))
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (func (export "_start")))
