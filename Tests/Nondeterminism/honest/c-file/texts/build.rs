//! Honest: C compiled by its relative path.
use std::{env, process::Command};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let (object, archive) = (format!("{out}/text.o"), format!("{out}/libtext.a"));
    run(Command::new("cc").args(["-fPIC", "-c", "c/text.c", "-o", &object]));
    run(Command::new("ar").args(["crsD", &archive, &object]));
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=text");
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}
