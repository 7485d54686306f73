/// Bytes in the greeting, for a caller in C.
#[no_mangle]
pub extern "C" fn cupel_archive_length() -> usize {
    library::greeting("staticlib").len()
}
