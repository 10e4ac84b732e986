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
