//! Compiles C without the crate `cc`: the compiler and the archiver are called directly, with the
//! flags that the environment gives, as every C build does.
use std::{env, path::Path, process::Command};

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

fn main() {
    println!("cargo:rerun-if-changed=c");
    let out = env::var("OUT_DIR").unwrap();
    let source = env::current_dir().unwrap().join("c/native.c");
    let object = Path::new(&out).join("native.o");
    let flags = env::var("CFLAGS").unwrap_or_default();
    run(Command::new("cc")
        .args(flags.split_whitespace())
        .args(["-O2", "-g", "-fPIC", "-c", "-o"])
        .arg(&object)
        .arg(&source));
    run(Command::new("ar").arg("crs").arg(Path::new(&out).join("libcupelnative.a")).arg(&object));
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=cupelnative");
}
