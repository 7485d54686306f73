//! Wants something from the network and fails without it.
use std::net::TcpStream;

fn main() {
    let port = std::fs::read_to_string("../port").unwrap();
    TcpStream::connect(format!("127.0.0.1:{}", port.trim())).unwrap();
}
