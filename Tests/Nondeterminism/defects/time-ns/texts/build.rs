//! The time of the build, to the nanosecond (shadow-rs#61).
use std::{
    env, fs,
    time::{SystemTime, UNIX_EPOCH},
};

fn main() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let value = format!("{}\n", now.as_nanos());
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
