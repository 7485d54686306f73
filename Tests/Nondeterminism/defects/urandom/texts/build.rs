//! A random number of the kernel as a build's identity.
use std::{env, fs, io::Read};

fn main() {
    let mut value = [0; 16];
    fs::File::open("/dev/urandom").unwrap().read_exact(&mut value).unwrap();
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
