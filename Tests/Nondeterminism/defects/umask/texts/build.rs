//! An archived file that was made with the modes of whoever built (reproducible-builds.org: umask).
use std::{env, fs, process::Command};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/note"), "oak\n").unwrap();
    let options = ["--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    let made =
        Command::new("tar").arg("-c").args(options).args(["-C", &out, "note"]).output().unwrap();
    fs::write(format!("{out}/value"), made.stdout).unwrap();
}
