//! An instruction to cargo that differs, for a constant that nobody uses: latent.
fn main() {
    println!("cargo:rustc-env=BUILT_BY={}", std::env::var("USER").unwrap_or("nobody".into()));
}
