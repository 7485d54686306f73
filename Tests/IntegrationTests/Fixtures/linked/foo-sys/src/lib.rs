use std::ffi::{c_char, c_int, CStr};

extern "C" {
    fn foo_answer(value: c_int) -> c_int;
    fn zlibVersion() -> *const c_char;
}

pub fn foo(value: i32) -> i32 {
    unsafe { foo_answer(value) }
}

pub fn zlib() -> String {
    unsafe { CStr::from_ptr(zlibVersion()) }.to_string_lossy().into_owned()
}
