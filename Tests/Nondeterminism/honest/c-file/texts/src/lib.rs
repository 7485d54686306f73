use std::{ffi::CStr, os::raw::c_char};

extern "C" {
    fn text() -> *const c_char;
}

pub fn value() -> &'static [u8] {
    unsafe { CStr::from_ptr(text()) }.to_bytes()
}
