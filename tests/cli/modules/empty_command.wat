;; SPDX-License-Identifier: Apache-2.0
;; The least that runs.
(module (func (export "_start")))
