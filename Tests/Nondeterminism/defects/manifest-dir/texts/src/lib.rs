//! The folder of the source in a string (rust#40552; assets found at run time where they were built).
pub fn value() -> &'static [u8] {
    env!("CARGO_MANIFEST_DIR").as_bytes()
}
