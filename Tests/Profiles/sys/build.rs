fn main() {
    cc::Build::new().cpp(true).file("native/twice.cc").file("native/thrice.cc").compile("native");
    let built = cmake::build("native/cmake");
    println!("cargo:rustc-link-search=native={}/lib", built.display());
    println!("cargo:rustc-link-lib=static=seven");
}
