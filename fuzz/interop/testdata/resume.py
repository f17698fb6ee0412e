"""Connects twice, the second time with the session of the first, and prints of each connection whether it was resumed and its tls-unique.

Arguments: the file of the root, the server's name, the port.
"""
import socket
import ssl
import sys

root, name, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
context = ssl.create_default_context(cafile=root)
session = None
for _ in range(2):
    with socket.create_connection(("127.0.0.1", port)) as tcp:
        with context.wrap_socket(tcp, server_hostname=name, session=session) as tls:
            tls.sendall(b"the quick brown fox\n")
            while tls.recv(1 << 16):
                pass
            unique = tls.get_channel_binding("tls-unique") if tls.version() != "TLSv1.3" else b""
            print(tls.session_reused, unique.hex())
            session = tls.session
            tls.unwrap()
