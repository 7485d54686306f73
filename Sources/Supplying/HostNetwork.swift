import Linux

/// What a program needs of the host to use its network: name servers, certificates, proxies.
struct HostNetwork {
  let resolver: String
  let hosts: String
  /// The host's bundle of certificates, which also has those of a company's own proxy.
  let certificates: String?
  /// Variables of proxies (the Cargo book, `http.proxy`), which may hold passwords.
  let proxies: [(name: String, value: String)]

  static func find() -> HostNetwork {
    func text(_ path: String) -> String {
      String(decoding: (try? FileSystem.read(path, limit: 1 << 20)) ?? [], as: UTF8.self)
    }
    let bundles =
      [Machine.environment("SSL_CERT_FILE")].compactMap { $0 } + [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
      ]
    var proxies: [(name: String, value: String)] = []
    for name in [
      "CARGO_HTTP_PROXY", "HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY",
      "all_proxy", "NO_PROXY", "no_proxy",
    ] {
      if let value = Machine.environment(name), !value.isEmpty { proxies.append((name, value)) }
    }
    return HostNetwork(
      resolver: text("/etc/resolv.conf"), hosts: text("/etc/hosts"),
      certificates: bundles.first { FileSystem.exists($0) }
        .flatMap { try? FileSystem.realPath($0) },
      proxies: proxies)
  }
}
