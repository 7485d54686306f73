//! A log beside the generated file that nothing includes: latent.
use std::{env, fs};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), "oak\n").unwrap();
    fs::copy("/proc/sys/kernel/hostname", format!("{out}/log")).unwrap();
}
