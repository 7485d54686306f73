//! The folder for temporary files in the output (rust#142989 had it in link maps).
use std::{env, fs};

fn main() {
    let value = format!("{}\n", env::temp_dir().display());
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
