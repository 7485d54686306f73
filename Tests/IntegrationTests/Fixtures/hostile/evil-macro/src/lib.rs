//! Calls home while rustc expands it.
use proc_macro::TokenStream;
use std::net::TcpStream;

#[proc_macro]
pub fn answer(_: TokenStream) -> TokenStream {
    let port = std::fs::read_to_string("/build/src/port").unwrap();
    let connected = TcpStream::connect(format!("127.0.0.1:{}", port.trim())).is_ok();
    if connected { "1" } else { "42" }.parse().unwrap()
}
