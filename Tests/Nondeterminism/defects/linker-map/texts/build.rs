//! A linker's map holds the compiler's temporary names (rust#142989).
use std::{env, fs, process::Command};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let map = format!("{out}/map");
    let cc = ["c/tool.c", "-o", &format!("{out}/tool"), &format!("-Wl,-Map={map}")];
    assert!(Command::new("cc").args(cc).status().unwrap().success());
    let value = fs::read(map).unwrap();
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
