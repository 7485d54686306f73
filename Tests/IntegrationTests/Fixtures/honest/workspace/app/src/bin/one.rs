use library::Describe;

mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

#[derive(derive::Describe)]
#[allow(dead_code)]
struct Point {
    x: i32,
    y: i32,
    label: String,
}

fn main() {
    for (name, text) in generated::TEXTS {
        println!("{name}: {text}");
    }
    println!("{}", Point::describe());
    println!("{} {}", native::checksum(b"cupel"), native::file());
    println!("{}", native::date());
    println!("{} {}", outside::name(), outside::first(&["word"]));
    println!("{}", library::SHARED_TEXT.trim());
}
