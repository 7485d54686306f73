use std::ffi::CStr;
use std::os::raw::c_char;

extern "C" {
    fn native_checksum(bytes: *const u8, count: usize) -> u32;
    fn native_file() -> *const c_char;
    fn native_date() -> *const c_char;
}

pub fn checksum(bytes: &[u8]) -> u32 {
    unsafe { native_checksum(bytes.as_ptr(), bytes.len()) }
}

/// What `__FILE__` was in the C code.
pub fn file() -> &'static str {
    unsafe { CStr::from_ptr(native_file()) }.to_str().expect("a path in ASCII")
}

/// When the C code was compiled, as it believes.
pub fn date() -> &'static str {
    unsafe { CStr::from_ptr(native_date()) }.to_str().expect("a date in ASCII")
}
