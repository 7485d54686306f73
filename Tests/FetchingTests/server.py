"""A mirror on 127.0.0.1 that is broken in chosen ways.

Usage: server.py FOLDER PORTFILE LOGFILE

Serves FOLDER/good/... as it is, with byte ranges. Under other first components of the path the same
files come altered: /truncated/ (half of it, as if that were all), /altered/ (the last byte
flipped), /missing/ (404), /cut/ (the connection ends half-way, unless a rest is
asked for). LOGFILE gets one line a
request: its path and the first byte asked for.
"""
import http.server
import os
import sys
import threading
import urllib.parse

folder, portfile, logfile = sys.argv[1:]
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, _, rest = self.path.lstrip("/").partition("/")
        start = 0
        ranged = self.headers.get("Range", "")
        if ranged.startswith("bytes="):
            start = int(ranged[6:].split("-")[0])
        with lock, open(logfile, "a") as log:
            log.write(f"{self.path} {start}\n")
        path = os.path.join(folder, "good", urllib.parse.unquote(rest))
        if kind == "missing" or not os.path.isfile(path):
            return self.send_error(404)
        with open(path, "rb") as file:
            data = file.read()
        if kind == "truncated":
            data = data[: len(data) // 2]
        if kind == "altered":
            data = data[:-1] + bytes([data[-1] ^ 1])
        if start >= len(data) and start > 0:
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Last-Modified", self.date_time_string(1153704088))
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if kind == "cut" and not start:
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        else:
            self.wfile.write(data[start:])

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(portfile + ".new", "w") as file:
    file.write(str(server.server_port))
os.rename(portfile + ".new", portfile)
server.serve_forever()
