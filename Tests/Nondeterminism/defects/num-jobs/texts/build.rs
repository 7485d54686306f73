//! Work split by cargo's `-j`.
use std::{env, fs};

fn main() {
    let value = env::var("NUM_JOBS").unwrap();
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
