// SPDX-License-Identifier: Apache-2.0
// A server on Rust's standard library as a guest: wasm32-wasi. It is given its listening socket (`shallop run --listen`),
// as descriptor 3, and serves one connection after the other.
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::wasi::io::FromRawFd;

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let mut path = String::new();
    for line in BufReader::new(&stream).lines() {
        let line = line?;
        if line.starts_with("GET ") {
            path = line.split(' ').nth(1).unwrap_or("/").to_string();
        }
        if line.is_empty() {
            break;
        }
    }
    let body = format!("Hello from Rust, {}", path);
    write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{}", body.len(), body)
}

fn main() {
    let listener = unsafe { TcpListener::from_raw_fd(3) };
    println!("listening");
    for stream in listener.incoming() {
        if let Err(error) = stream.and_then(serve) {
            eprintln!("connection: {}", error);
        }
    }
}
