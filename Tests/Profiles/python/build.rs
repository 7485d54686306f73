//! What build scripts have other programs do: python3 makes source, ./configure looks around, make
//! runs compilers side by side, perl and m4 rewrite text.
use std::{env, path::Path, process::Command};

fn run(program: &str, arguments: &[&str], folder: &Path) {
    let status = Command::new(program).args(arguments).current_dir(folder).status().unwrap();
    assert!(status.success(), "{} {:?}: {}", program, arguments, status);
}

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let out = Path::new(&out);
    let scripts = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("scripts");
    let scripts = scripts.to_str().unwrap();
    run("python3", &[&format!("{}/generate.py", scripts)], out);
    run("sh", &[&format!("{}/configure", scripts)], out);
    run("make", &["-j2", "-f", &format!("{}/rules.mk", scripts)], out);
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-lib=static=answer");
    println!("cargo:rerun-if-changed=scripts");
}
