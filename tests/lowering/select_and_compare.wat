;; i32.eqz of a comparison is the inverse comparison; floats have no inverse orderings.
(module
  (func (param i32 i32) (result i32)
    (select (local.get 0) (i32.const 9) (i32.eqz (i32.lt_u (local.get 0) (local.get 1)))))
  (func (param f64 f64) (result i32)
    (i32.eqz (f64.lt (local.get 0) (local.get 1))))
  (func (param i64) (result i32)
    (i64.gt_s (i64.const 5) (local.get 0))))

;; --- slot code ---
;; function 0, frame 6
;;    2 constant                         3 0 0 0 | 9
;;    5 i32.ge_u, select ss>a            2 0 3 0 | 1
;;    8 return a                         0 2 0 0
;; function 1, frame 4
;;    2 f64.lt ss>a                      2 0 1 0
;;    4 i32.eq ai>return                 2 0 0 0
;; function 2, frame 3
;;    2 i64.lt_s si>return               1 0 5 0
