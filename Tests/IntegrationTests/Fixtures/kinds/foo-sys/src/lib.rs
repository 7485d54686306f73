use std::ffi::c_int;

extern "C" {
    fn foo_answer(value: c_int) -> c_int;
}

pub fn foo(value: i32) -> i32 {
    unsafe { foo_answer(value) }
}
