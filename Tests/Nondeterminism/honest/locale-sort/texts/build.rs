//! Honest: the locale of the sort is stated.
use std::{env, fs, process::Command};

fn main() {
    let sorted = Command::new("sort").env("LC_ALL", "C").args(["-f", "names"]).output().unwrap();
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), sorted.stdout).unwrap();
}
