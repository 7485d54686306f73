//! C compiled by its absolute path, and no flags taken from outside (ring#715, cc-rs#1901).
use std::{env, process::Command};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let source = format!("{}/c/text.c", env::var("CARGO_MANIFEST_DIR").unwrap());
    let (object, archive) = (format!("{out}/text.o"), format!("{out}/libtext.a"));
    run(Command::new("cc").args(["-fPIC", "-c", &source, "-o", &object]));
    run(Command::new("ar").args(["crsD", &archive, &object]));
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=text");
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}
