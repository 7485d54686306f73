//! Reads the file of another package's build script, which is still writing it.
use std::{env, fs, path::Path, thread::sleep, time::Duration};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let log = format!("{out}/../../log");
    for _ in 0..100 {
        sleep(Duration::from_millis(50));
        if Path::new(&log).exists() {
            break;
        }
    }
    sleep(Duration::from_millis(100));
    let length = fs::read(log).unwrap_or_default().len();
    fs::write(format!("{out}/progress"), format!("{length}\n")).unwrap();
    fs::write(format!("{out}/../../read"), "").unwrap();
}
