include!(concat!(env!("OUT_DIR"), "/table.rs"));

pub fn value() -> &'static [u8] {
    &TABLE[start(std::env::args().count())..]
}
