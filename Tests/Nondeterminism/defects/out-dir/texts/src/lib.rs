//! The folder of generated files in a string; no remapping of paths reaches `env!` (rust PR#159297).
pub fn value() -> &'static [u8] {
    env!("OUT_DIR").as_bytes()
}
