//! `ar` with U: times, owners and modes in the archive. rustc packs the object anew: latent.
use std::{env, process::Command};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let (object, archive) = (format!("{out}/text.o"), format!("{out}/libtext.a"));
    run(Command::new("cc").args(["-fPIC", "-c", "c/text.c", "-o", &object]));
    run(Command::new("ar").args(["crsU", &archive, &object]));
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=text");
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}
