use std::{env, process::Command};

/// A C library that only the macro itself is linked with.
fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let object = format!("{out}/hook.o");
    let archive = format!("{out}/libhook.a");
    assert!(Command::new("gcc").args(["-O2", "-fPIC", "-c", "native/hook.c", "-o", &object]).status().unwrap().success());
    assert!(Command::new("ar").args(["rcsD", &archive, &object]).status().unwrap().success());
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=hook");
}
