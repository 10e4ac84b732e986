;; A local that was just written is still in the accumulator when the comparison reads it. Locals that are written before
;; they are read are not zeroed: $sum is read first.
(module
  (func (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (local.set $i (local.get $n))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $i)))
      (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (local.get $sum)))

;; --- slot code ---
;; function 0, frame 5
;;    0 zero                             2 1 0 0
;;    2 copy 1                           1 0 0 0
;;    4 i32.add ss>s                     2 2 1 0
;;    6 i32.sub, br_if i32.ne sii>s      1 1 -16 -1 | 1
;;    9 return s                         0 2 0 0
