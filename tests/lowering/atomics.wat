;; Loads and stores take an accumulator; the operands of the others are stored. Addresses are compared in either kind of
;; memory, so that there is one form.
(module (memory 1 1 shared)
  (func (param i32 i64)
    (i32.atomic.store offset=4 (i32.add (local.get 0) (i32.const 16)) (i32.mul (local.get 0) (i32.const 3)))
    (local.set 0 (i32.atomic.rmw.add (local.get 0) (i32.atomic.load offset=8 (local.get 0))))
    (drop (i64.atomic.rmw8.cmpxchg_u (local.get 0) (local.get 1) (i64.const 7)))
    (atomic.fence)
    (drop (memory.atomic.wait32 offset=12 (local.get 0) (i32.const 0) (local.get 1)))
    (drop (memory.atomic.notify (local.get 0) (i32.const 1)))))

;; --- slot code ---
;; function 0, frame 5
;;    2 i32.add si>s                     2 0 16 0
;;    4 i32.mul si>a                     3 0 3 0
;;    6 i32.atomic.store as              0 2 4 0 | 0
;;    9 i32.atomic.load s>s              3 0 8 0 | 0
;;   12 i32.atomic.rmw.add ss>s          0 0 0 0 | 3
;;   15 constant                         4 0 0 0 | 7
;;   18 i64.atomic.rmw8.cmpxchg_u sss>a  2 0 0 0 | 262145
;;   21 atomic.fence                     0 0 0 0
;;   23 constant                         3 0 0 0 | 0
;;   26 memory.atomic.wait32 sss>a       2 0 12 0 | 65539
;;   29 constant                         3 0 0 0 | 1
;;   32 memory.atomic.notify ss>a        2 0 0 0 | 3
;;   35 return                           0 0 0 0
