//! Becomes a shell, which calls home under the name of another package.
use std::os::unix::process::CommandExt;
use std::process::Command;

fn main() {
    let port = std::fs::read_to_string("../port").unwrap();
    let script = format!("(: > /dev/tcp/127.0.0.1/{}) 2> /dev/null || true", port.trim());
    let error = Command::new("bash")
        .args(["-c", &script])
        .env("CARGO_PKG_NAME", "serde")
        .env("CARGO_PKG_VERSION", "1.0.0")
        .exec();
    panic!("{error}");
}
