#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTPS server for the tests: writes its port to a file, says so, and answers every GET with 22 bytes.

    tls_server.py CERTIFICATE KEY PORTFILE
"""

import http.server
import ssl
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        body = b"Hello from GET request"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[1:3])
    context.set_alpn_protocols(["http/1.1"])
    # The handshake belongs to the thread of the connection, not to the one that accepts.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with open(sys.argv[3], "w", encoding="utf-8") as file:
        file.write(str(server.server_address[1]))
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
