//! Honest: a folder's entries are sorted.
use std::{env, fs};

fn main() {
    let entries = fs::read_dir("assets").unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap() + "\n").collect();
    names.sort();
    let value = names.concat();
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
