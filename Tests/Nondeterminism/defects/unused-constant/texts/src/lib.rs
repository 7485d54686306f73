/// Never used: it stays in the library and reaches no program.
pub const BUILT_BY: &str = env!("BUILT_BY");

pub fn value() -> &'static [u8] {
    b"oak\n"
}
