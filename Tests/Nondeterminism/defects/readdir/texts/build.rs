//! A folder's entries as they are listed (libgit2-sys#618, lzma-sys#100, ring#1625).
use std::{env, fs};

fn main() {
    let names = fs::read_dir("assets").unwrap().map(|entry| entry.unwrap().file_name());
    let value = names.map(|name| name.into_string().unwrap() + "\n").collect::<String>();
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
