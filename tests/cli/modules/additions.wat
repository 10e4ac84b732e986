;; Of WebAssembly 3.0: a tag, two memories, a tail call, a constant that is calculated.
(module
  (tag $refused (export "refused") (param i32))
  (tag $unnamed)
  (memory $small 1)
  (memory $large 2 4)
  (global $seven (export "seven") i32 (i32.add (i32.const 3) (i32.const 4)))
  (func $count (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (memory.size $large))))
    (return_call $count (i32.sub (local.get $n) (i32.const 1))))
  (func (export "count") (param i32) (result i32) (return_call $count (local.get 0)))
  (func (export "refuse") (param i32) (throw $refused (local.get 0)))
  (func (export "throw") (throw $unnamed)))
