//! A random key: Rust's hasher draws its keys with getrandom(2).
use std::{
    collections::hash_map::RandomState,
    env, fs,
    hash::{BuildHasher, Hasher},
};

fn main() {
    let value = format!("{:x}\n", RandomState::new().build_hasher().finish());
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
