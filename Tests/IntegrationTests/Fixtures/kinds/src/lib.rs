hooks::answer!();

#[no_mangle]
pub extern "C" fn kinds_foo(value: i32) -> i32 {
    foo_sys::foo(value) + answer()
}
