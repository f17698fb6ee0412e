"""A client that is typed at: talk.py PORT ROOT NAME [CHAIN KEY]. It sends each line of standard input and prints one line of the answer.

It offers to show its certificate after the handshake.
"""
import socket
import ssl
import sys

port, root, name, *certificate = sys.argv[1:]
context = ssl.create_default_context(cafile=root)
context.post_handshake_auth = True
if certificate:
    context.load_cert_chain(*certificate)
with socket.create_connection(("127.0.0.1", int(port))) as raw:
    with context.wrap_socket(raw, server_hostname=name) as tls:
        answers = tls.makefile("r")
        for line in iter(sys.stdin.readline, ""):
            tls.sendall(line.encode())
            print(answers.readline(), end="", flush=True)
        tls.unwrap()
