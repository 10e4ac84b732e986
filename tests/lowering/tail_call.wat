;; Arguments are passed as for a call; the callee then takes the frame's place.
(module
  (type $step (func (param i64 i64) (result i64)))
  (table 1 funcref)
  (func $sum (param $n i64) (param $so_far i64) (result i64)
    (if (i64.eqz (local.get $n)) (then (return (local.get $so_far))))
    (return_call $sum (i64.sub (local.get $n) (i64.const 1)) (i64.add (local.get $so_far) (local.get $n))))
  (func (param i64 i32) (result i64)
    (return_call_indirect (type $step) (local.get 0) (i64.const 0) (local.get 1))))

;; --- slot code ---
;; function 0, frame 5
;;    2 br_unless i64.eq si              0 0 40 0 | 0
;;    5 return s                         0 1 0 0
;;    7 i64.sub si>s                     2 0 1 0
;;    9 i64.add ss>s                     3 1 0 0
;;   11 return_call                      0 2 2 2 | (address)
;; function 1, frame 5
;;    2 copy 1                           2 0 0 0
;;    4 constant                         3 0 0 0 | 0
;;    7 return_call_indirect s           1 2 2 2 | (address) | 0
