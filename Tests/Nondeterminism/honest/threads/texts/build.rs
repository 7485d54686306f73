//! Honest: as many threads as CPUs, and results in the order of the work.
use std::{env, fs, thread};

fn main() {
    let share = WORDS.len() / thread::available_parallelism().unwrap().get().min(20);
    let value = thread::scope(|scope| {
        let workers: Vec<_> =
            WORDS.chunks(share).map(|words| scope.spawn(|| words.concat())).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect::<String>()
    });
    let out = env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/value"), value).unwrap();
}

const WORDS: [&str; 20] = [
    "almond", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel", "iris", "juniper",
    "kauri", "larch", "maple", "nutmeg", "oak", "pine", "quince", "rowan", "spruce", "thorn",
];
