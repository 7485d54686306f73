pub fn name() -> &'static str {
    env!("CARGO_PKG_NAME")
}

/// Panics with this file's path, which cupel renames in the binary.
pub fn first(words: &[&str]) -> char {
    words[0].chars().next().expect("a word is never empty")
}
