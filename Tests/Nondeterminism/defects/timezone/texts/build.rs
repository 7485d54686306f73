//! SOURCE_DATE_EPOCH honoured, but written as local time.
use std::{env, fs, process::Command};

fn main() {
    let epoch = env::var("SOURCE_DATE_EPOCH").unwrap_or("1700000000".into());
    let date =
        Command::new("date").args(["-d", &format!("@{epoch}"), "+%F %H:%M"]).output().unwrap();
    let value = date.stdout;
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}
