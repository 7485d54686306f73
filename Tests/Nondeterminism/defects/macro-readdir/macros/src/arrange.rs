//! A macro that embeds a folder as it is listed (rust-embed#171).
pub fn arrange(_: Vec<String>) -> Vec<String> {
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap() + "/../texts/assets";
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
