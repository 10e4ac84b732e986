;; Comparison and branch are one instruction; arguments are made where the callee expects them; the result of a call is taken
;; from the accumulator.
(module
  (func $fib (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2))))))))

;; --- slot code ---
;; function 0, frame 4
;;    2 br_unless i32.lt_s si            0 0 56 0 | 2
;;    5 copy 1                           1 0 0 0
;;    7 br                               0 0 112 0
;;    9 i32.sub si>s                     1 0 1 0
;;   11 call                             1 1 0 0 | (address)
;;   14 i32.sub si>s                     2 0 2 0
;;   16 call                             2 2 0 0 | (address)
;;   19 i32.add as>s                     1 0 1 0
;;   21 return s                         0 1 0 0
