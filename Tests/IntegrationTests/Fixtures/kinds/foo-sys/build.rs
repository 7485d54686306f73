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
    println!("cargo:rerun-if-changed=native");
}
