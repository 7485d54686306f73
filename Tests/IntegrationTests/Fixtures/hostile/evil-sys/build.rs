//! Calls home, and goes on as if nothing had happened when that is refused.
use std::net::TcpStream;

fn main() {
    let port = std::fs::read_to_string("../port").unwrap();
    let address = format!("127.0.0.1:{}", port.trim());
    if TcpStream::connect(address).is_ok() {
        println!("cargo:warning=connected");
    }
}
