//! Results in the order in which threads finish (lwk#165).
use std::{env, fs, hint::black_box, sync::Mutex, thread};

fn main() {
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for word in WORDS {
            let done = &done;
            scope.spawn(move || {
                let rounds = (0..2_000_000u64).fold(0, |sum, each| black_box(sum ^ each));
                done.lock().unwrap().push(format!("{word} {rounds}\n"));
            });
        }
    });
    let value = done.into_inner().unwrap().concat();
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}

const WORDS: [&str; 20] = [
    "almond", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel", "iris", "juniper",
    "kauri", "larch", "maple", "nutmeg", "oak", "pine", "quince", "rowan", "spruce", "thorn",
];
