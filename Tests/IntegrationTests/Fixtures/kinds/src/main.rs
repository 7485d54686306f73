hooks::answer!();

fn main() {
    println!("{} {}", foo_sys::foo(41), answer());
}
