"""What an attack has to succeed against before it is believed: a server with a hole in its SQL, and one thread that waits for slow clients.

open_server.py PORT
"""

import http.server
import sqlite3
import sys
import urllib.parse

database = sqlite3.connect(":memory:", check_same_thread=False)
database.executescript("create table people (name text, phone text); insert into people values ('Sara', '1'), ('Omar', '2');")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        try:
            # The hole: text becomes SQL.
            rows = database.execute(f"select phone from people where name = '{query.get('name', [''])[0]}'").fetchall()
            status, text = 200, f"{len(rows)} found: {rows}\n"
        except sqlite3.Error as error:
            status, text = 500, f"SQLite error: {error}\n"
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
