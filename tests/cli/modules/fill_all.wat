;; Fills four gigabytes with one instruction.
(module
  (memory 65536)
  (func $fill (export "_start")
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0xFFFFFFFF))
    (memory.copy (i32.const 1) (i32.const 0) (i32.const 0xFFFFFFFE))))
