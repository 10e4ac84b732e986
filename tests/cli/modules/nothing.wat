;; SPDX-License-Identifier: Apache-2.0
;; A valid module that exports nothing.
(module)
