/// The one path of the sandbox that a program may keep is the one it asks for itself.
fn main() {
    println!("{}", env!("OUT_DIR"));
    println!("{}", library::greeting("two"));
}
