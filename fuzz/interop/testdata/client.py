"""A client: client.py PORT ROOT NAME ALPN1 ALPN2 [CHAIN KEY]. Sends standard input, prints the answer, closes both ways."""
import socket
import ssl
import sys

port, root, name, *protocols = sys.argv[1:6]
context = ssl.create_default_context(cafile=root)
context.set_alpn_protocols(protocols)
if len(sys.argv) > 6:
    context.load_cert_chain(*sys.argv[6:8])
with socket.create_connection(("127.0.0.1", int(port))) as raw:
    tls = context.wrap_socket(raw, server_hostname=name)
    tls.sendall(sys.stdin.buffer.read())
    while data := tls.recv(16384):
        print(data.decode(), end="", flush=True)
    tls.unwrap()
