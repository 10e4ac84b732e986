#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP server for the tests, right in all but one thing.

    other_server.py PORT other-body   answers with another body than the example service
    other_server.py PORT dies         ends after its first hundred answers
"""

import http.server
import os
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    answers = 0

    def do_GET(self):
        Handler.answers += 1
        if sys.argv[2] == "dies" and Handler.answers > 100:
            print("I am out of answers", file=sys.stderr, flush=True)
            os._exit(3)
        body = b"Hello from somebody else" if sys.argv[2] == "other-body" else b"Hello from GET request"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
