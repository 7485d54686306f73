//! A macro that reads a variable: cargo does not know of it (rust#74690).
pub fn arrange(mut names: Vec<String>) -> Vec<String> {
    names.push(std::env::var("USER").unwrap_or("nobody".into()));
    names
}
