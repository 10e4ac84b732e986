;; SPDX-License-Identifier: Apache-2.0
;; Never gets as far as its command.
(module
  (func $start (loop $again (br $again)))
  (start $start)
  (func (export "_start")))
