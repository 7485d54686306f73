pub fn value() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/value"))
}
