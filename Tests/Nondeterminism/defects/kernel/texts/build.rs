//! The kernel's release on the machine that built.
use std::{env, fs, process::Command};

fn main() {
    let made = Command::new("sh").args(["-c", "uname -r"]).output().unwrap();
    let value = made.stdout;
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
