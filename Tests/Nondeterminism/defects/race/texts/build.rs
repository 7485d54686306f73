//! Writes what app's build script reads at the same time: nothing orders the two.
use std::{env, fs::File, io::Write, path::Path, thread::sleep, time::Duration};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/value"), "oak\n").unwrap();
    let mut log = File::create(format!("{out}/../../log")).unwrap();
    for _ in 0..20_000 {
        log.write_all(b".").unwrap();
        sleep(Duration::from_micros(50));
        if Path::new(&out).join("../../read").exists() {
            break;
        }
    }
}
