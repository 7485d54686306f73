//! The same through Rust's own library, as a build script would try it. Prints what attack.c prints.
//!
//!     attack-rust list
//!     attack-rust rust KEY=VALUE…

use std::collections::HashMap;
use std::fs;
use std::io::{self, Error, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

type Keys = HashMap<String, String>;
/// What came of it: a word about success.
type Attempt = fn(&Keys) -> io::Result<String>;

const WAIT: Duration = Duration::from_secs(1);

fn key(keys: &Keys, name: &str) -> io::Result<String> {
    keys.get(name).cloned().ok_or_else(|| Error::new(ErrorKind::Other, "not given"))
}

fn port(keys: &Keys, name: &str) -> io::Result<u16> {
    key(keys, name)?.parse().map_err(|_| Error::new(ErrorKind::Other, "no number"))
}

fn talk(mut stream: impl Read + Write) -> io::Result<String> {
    stream.write_all(b"attack")?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    Ok("the listener answered".into())
}

fn connect(address: SocketAddr) -> io::Result<String> {
    let stream = TcpStream::connect_timeout(&address, WAIT)?;
    stream.set_read_timeout(Some(WAIT))?;
    talk(stream)
}

fn tcp4(keys: &Keys) -> io::Result<String> {
    connect((Ipv4Addr::LOCALHOST, port(keys, "tcp4")?).into())
}

fn tcp6(keys: &Keys) -> io::Result<String> {
    connect((Ipv6Addr::LOCALHOST, port(keys, "tcp6")?).into())
}

fn by_name(keys: &Keys) -> io::Result<String> {
    let mut last = Error::from_raw_os_error(2);
    for address in ("localhost", port(keys, "tcp4")?).to_socket_addrs()? {
        match connect(address) {
            Ok(word) => return Ok(word),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn udp(keys: &Keys) -> io::Result<String> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(WAIT))?;
    socket.send_to(b"attack", (Ipv4Addr::LOCALHOST, port(keys, "udp4")?))?;
    socket.recv(&mut [0; 8]).map(|_| "the listener answered".into())
}

fn listen(_: &Keys) -> io::Result<String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(|_| "an address was bound".into())
}

fn unix_stream(keys: &Keys) -> io::Result<String> {
    let stream = UnixStream::connect(key(keys, "file")?)?;
    stream.set_read_timeout(Some(WAIT))?;
    talk(stream)
}

fn unix_datagram(keys: &Keys) -> io::Result<String> {
    let socket = UnixDatagram::unbound()?;
    socket.send_to(b"attack", key(keys, "file-datagram")?).map(|_| "sent".into())
}

fn secret(keys: &Keys) -> io::Result<String> {
    fs::read(key(keys, "secret")?).map(|_| "read".into())
}

fn setuid_file(keys: &Keys) -> io::Result<String> {
    let path = format!("{}/rust-setuid", keys.get("scratch").map_or("/tmp", |s| s));
    let result = fs::OpenOptions::new().write(true).create(true).mode(0o4755).open(&path);
    let _ = fs::remove_file(&path);
    result.map(|_| "made".into())
}

fn setuid_mode(keys: &Keys) -> io::Result<String> {
    let path = format!("{}/rust-mode", keys.get("scratch").map_or("/tmp", |s| s));
    fs::write(&path, "")?;
    let result = fs::set_permissions(&path, fs::Permissions::from_mode(0o6755));
    let _ = fs::remove_file(&path);
    result.map(|_| "changed".into())
}

fn another_user(_: &Keys) -> io::Result<String> {
    Command::new("/usr/bin/true").uid(0).gid(0).status().map(|_| "ran as root".into())
}

fn another_root(_: &Keys) -> io::Result<String> {
    // What a child does before its exec; `chroot` of the library itself.
    std::os::unix::fs::chroot("/tmp").map(|_| "entered".into())
}

/// Name, attempt, refusals, who succeeds where nothing is in the way.
const ATTEMPTS: &[(&str, Attempt, &str, &str)] = &[
    ("tcp4", tcp4, "EPERM", "all"),
    ("tcp6", tcp6, "EPERM", "all"),
    ("by-name", by_name, "EPERM|unresolved", "all"),
    ("udp4", udp, "EPERM", "all"),
    ("listen", listen, "EPERM|ENOTSOCK", "all"),
    ("unix-stream", unix_stream, "ENOENT", "all"),
    ("unix-datagram", unix_datagram, "ENOENT", "all"),
    ("secret", secret, "ENOENT", "all"),
    ("setuid-file", setuid_file, "EPERM", "all"),
    ("setuid-mode", setuid_mode, "EPERM", "all"),
    ("another-user", another_user, "EPERM|EINVAL", "root"),
    ("another-root", another_root, "EPERM", "root"),
];

fn reason(error: &Error) -> String {
    match error.raw_os_error() {
        Some(1) => "EPERM".into(),
        Some(2) => "ENOENT".into(),
        Some(13) => "EACCES".into(),
        Some(22) => "EINVAL".into(),
        Some(38) => "ENOSYS".into(),
        Some(88) => "ENOTSOCK".into(),
        Some(111) => "ECONNREFUSED".into(),
        Some(number) => format!("errno-{number}"),
        None => "unresolved".into(),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let keys: Keys = arguments
        .iter()
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    let listing = arguments.iter().any(|word| word == "list");
    for (name, attempt, refusal, open) in ATTEMPTS {
        let head = format!(
            r#"{{"group":"rust","name":"{name}","refusal":"{refusal}","open":"{open}""#
        );
        if listing {
            println!("{head}}}");
            continue;
        }
        let (outcome, reason, detail) = match attempt(&keys) {
            Ok(word) => ("succeeded", String::new(), word),
            Err(error) if error.to_string() == "not given" => {
                ("not-attempted", String::new(), error.to_string())
            }
            Err(error) => ("refused", reason(&error), String::new()),
        };
        println!(r#"{head},"outcome":"{outcome}","reason":"{reason}","detail":"{detail}"}}"#);
    }
}
