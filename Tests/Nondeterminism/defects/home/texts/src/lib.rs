//! The home folder of whoever builds, as a place for settings.
pub fn value() -> &'static [u8] {
    env!("HOME").as_bytes()
}
