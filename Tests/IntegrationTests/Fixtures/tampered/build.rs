use std::{env, fs, process::Command};

/// A library with a member whose name breaks the lines of a map, and the arguments of two programs.
fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let name = "a\n .text 0x0000000000001000 0x10 /usr/lib/libm.a(b.o)";
    fs::write(format!("{out}/sneaky.c"), "int sneaky(void) { return 1; }").unwrap();
    let object = format!("{out}/{}.o", name.replace('/', "-"));
    assert!(Command::new("gcc").args(["-c", &format!("{out}/sneaky.c"), "-o", &object]).status().unwrap().success());
    assert!(Command::new("ar").arg("rcsD").arg(format!("{out}/libsneaky.a")).arg(&object).status().unwrap().success());
    println!("cargo:rustc-link-arg-bin=lines=-Wl,--undefined=sneaky");
    println!("cargo:rustc-link-arg-bin=lines={out}/libsneaky.a");
    println!("cargo:rustc-link-arg-bin=own=-Wl,-Map=/build/target/own.map");
}
