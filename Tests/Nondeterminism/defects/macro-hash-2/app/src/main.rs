use std::io::Write;

#[derive(macros::Names)]
#[allow(dead_code)]
struct Wood {
    elm: u32,
    ash: u32,
}

fn main() {
    println!("{}", Wood::NAMES);
    std::io::stdout().write_all(texts::value()).unwrap();
}
