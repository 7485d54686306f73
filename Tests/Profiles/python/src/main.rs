include!(concat!(env!("OUT_DIR"), "/table.rs"));

extern "C" {
    fn answer() -> i32;
}

fn main() {
    println!("{} {}", TABLE.len(), unsafe { answer() });
}
