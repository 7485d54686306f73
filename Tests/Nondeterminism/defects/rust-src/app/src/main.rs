//! Code of the standard library that is compiled here, and can panic, names a source of its own:
//! where the sources lie beside the compiler, those; else `/rustc/…` (rust#73167).
use std::{collections::BTreeMap, io::Write};

fn main() {
    let lengths: BTreeMap<usize, String> =
        std::env::args().map(|word| (word.len(), word)).collect();
    println!("{lengths:?}");
    std::io::stdout().write_all(texts::value()).unwrap();
}
