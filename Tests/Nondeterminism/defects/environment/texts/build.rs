//! The names of all variables (built-like dumps of the environment).
use std::{env, fs};

fn main() {
    let mut names: Vec<String> = env::vars().map(|(name, _)| name).collect();
    names.sort();
    let value = names.join("\n");
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
