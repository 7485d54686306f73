fn main() {
    println!("{}", evil_macro::answer!());
}
