use std::{env, process::Command};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    for name in ["foo", "unused"] {
        let object = format!("{out}/{name}.o");
        let source = format!("native/{name}.c");
        assert!(Command::new("gcc").args(["-O2", "-fPIC", "-c", &source, "-o", &object]).status().unwrap().success());
    }
    let archive = format!("{out}/libfoo.a");
    let objects = [format!("{out}/foo.o"), format!("{out}/unused.o")];
    assert!(Command::new("ar").arg("rcsD").arg(&archive).args(&objects).status().unwrap().success());
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=foo");
    // By their whole names: the rootfs has the libraries and not what is needed to develop with them.
    println!("cargo:rustc-link-lib=dylib:+verbatim=libz.so.1");
    // Nothing calls it, so the linker leaves it out.
    println!("cargo:rustc-link-lib=dylib:+verbatim=libgit2.so.1.5");
    println!("cargo:rerun-if-changed=native");
}
