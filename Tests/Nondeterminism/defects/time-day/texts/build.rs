//! The day of the build: two builds in a row agree (starship#6599, vergen).
use std::{
    env, fs,
    time::{SystemTime, UNIX_EPOCH},
};

fn main() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let value = format!("{}\n", now.as_secs() / 86400);
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
