fn main() {
    println!("{} {}", foo_sys::foo(41), foo_sys::zlib());
}
