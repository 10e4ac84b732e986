;; Division and remainder by constants are multiplications; unsigned ones by powers of two, shifts and masks. A divisor of 0 traps
;; as it did, and so may -1; by another negative number, the quotient is that of its magnitude, negated. What is left of a
;; division by a large number is one instruction.
(module
  (func (param i64) (result i64) (i64.div_u (local.get 0) (i64.const 1000000000)))
  (func (param i64) (result i64) (i64.rem_s (local.get 0) (i64.const -7)))
  (func (param i32) (result i32) (i32.div_s (i32.add (local.get 0) (i32.const 1)) (i32.const -10)))
  (func (param i32) (result i32) (i32.rem_u (local.get 0) (i32.const 64)))
  (func (param i64) (result i64) (i64.div_u (local.get 0) (i64.const 0x100000000)))
  (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const -1)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0)))
  (func (param i64) (result i64) (local i64)
    (local.set 1 (i64.div_u (local.get 0) (i64.const 1000000000)))
    (i64.sub (local.get 0) (i64.mul (local.get 1) (i64.const 1000000000)))))

;; --- slot code ---
;; function 0, frame 3
;;    2 i64.div_u si>return multiplied   1 0 29 0 | 1360296554856532783
;; function 1, frame 3
;;    2 i64.rem_s si>return multiplied   1 0 2 0 | -7905747460161236406 | 7
;; function 2, frame 3
;;    2 i32.add si>a                     1 0 1 0
;;    4 i32.div_s ai>a multiplied        1 0 0 0 | 922337203685477581
;;    7 i32.sub ia>return                1 0 0 0
;; function 3, frame 3
;;    2 i32.and si>return                1 0 63 0
;; function 4, frame 3
;;    2 i64.shr_u si>return              1 0 32 0
;; function 5, frame 3
;;    2 i32.div_s si>return              1 0 -1 -1
;; function 6, frame 3
;;    2 i32.div_u si>return              1 0 0 0
;; function 7, frame 5
;;    2 i64.div_u si>s multiplied        1 0 29 0 | 1360296554856532783
;;    5 i64.mul, i64.sub wide ais>a right 2 0 0 0 | 1000000000
;;    8 return a                         0 2 0 0
