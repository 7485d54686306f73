pub trait Describe {
    fn describe() -> String;
}

/// Read through a symlink inside the tree.
pub const SHARED_TEXT: &str = include_str!("shared.txt");

pub fn greeting(name: &str) -> String {
    format!("hello {name} from {}", module_path!())
}
