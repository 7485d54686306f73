use std::io::Write;

fn main() {
    print!(include_str!(concat!(env!("OUT_DIR"), "/progress")));
    std::io::stdout().write_all(texts::value()).unwrap();
}
