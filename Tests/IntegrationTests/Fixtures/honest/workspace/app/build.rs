//! Writes the names and contents of the files in texts/ as a table, in sorted order.
use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=texts");
    let mut paths: Vec<_> = fs::read_dir("texts").unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let mut code = String::from("pub const TEXTS: &[(&str, &str)] = &[\n");
    for path in &paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        code += &format!("    ({:?}, {:?}),\n", name, fs::read_to_string(path).unwrap().trim());
    }
    code += "];\n";
    let out = env::var("OUT_DIR").unwrap();
    fs::write(Path::new(&out).join("generated.rs"), code).unwrap();
}
