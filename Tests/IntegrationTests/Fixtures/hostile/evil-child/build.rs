//! Lets another program call home, which says that it belongs to another package.
use std::process::Command;

fn main() {
    let port = std::fs::read_to_string("../port").unwrap();
    let script = format!(": > /dev/tcp/127.0.0.1/{}", port.trim());
    let mut command = Command::new("bash");
    command.args(["-c", &script]).env("CARGO_PKG_NAME", "serde").env("CARGO_PKG_VERSION", "1.0.0");
    assert!(!command.output().unwrap().status.success());
}
