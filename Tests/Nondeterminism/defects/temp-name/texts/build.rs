//! A temporary file's random name in the output.
use std::{env, fs, process::Command};

fn main() {
    let made = Command::new("sh").args(["-c", "mktemp -u /tmp/oak.XXXXXXXX"]).output().unwrap();
    let value = made.stdout;
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
