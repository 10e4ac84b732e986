;; A local that gets a new value while its old one is still wanted: that is copied first, and the computation writes the local. A
;; comparison's result needs no extension.
(module (memory 1)
  (func (param i32) (result i32)
    (local.get 0)
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (i32.mul (local.get 0)))
  (func (param i64 i64) (result i64)
    (i64.add (local.get 0) (i64.extend_i32_u (i64.gt_u (local.get 1) (local.tee 1 (i64.sub (local.get 1) (local.get 0)))))))
  (func (param i32) (result i32)
    (local.get 0) (local.get 0)
    (local.set 0 (i32.load offset=4 (local.get 0)))
    (i32.add) (i32.sub (local.get 0)))
  (func (param i32) (result i32) (i32.add (i32.load8_u (local.get 0)) (i32.const -48))))

;; --- slot code ---
;; function 0, frame 4
;;    2 copy 1                           1 0 0 0
;;    4 i32.add si>s                     0 0 1 0
;;    6 i32.mul as>return                1 0 1 0
;; function 1, frame 6
;;    2 copy 1                           3 1 0 0
;;    4 i64.sub ss>s                     1 1 0 0
;;    6 i64.gt_u sa>a                    3 3 0 0
;;    8 i64.add as>return                2 0 0 0
;; function 2, frame 4
;;    2 copy 2                           1 0 2 0
;;    4 i32.load s>s                     0 0 4 0
;;    6 i32.add, i32.sub ssa>a           1 0 1 2
;;    8 return a                         0 1 0 0
;; function 3, frame 3
;;    2 i32.load8_u, i32.add si>return   1 0 0 0 | 4294967248
