/// Into the order in which they are written: the one of the declaration.
pub fn arrange(names: Vec<String>) -> Vec<String> {
    names
}
