//! Honest: the time comes from SOURCE_DATE_EPOCH and is written as UTC.
use std::{env, fs, process::Command};

fn main() {
    let epoch = env::var("SOURCE_DATE_EPOCH").unwrap_or("1700000000".into());
    let date = Command::new("date")
        .args(["-u", "-d", &format!("@{epoch}"), "+%F %H:%M"])
        .output()
        .unwrap();
    let value = date.stdout;
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
