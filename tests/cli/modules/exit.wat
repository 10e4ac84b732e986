;; SPDX-License-Identifier: Apache-2.0
;; Ends with the status that is asked for; as a command with 7.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "exit") (param i32) (call $proc_exit (local.get 0)) unreachable)
  (func (export "_start") (call $proc_exit (i32.const 7)) unreachable))
