"""A server that asks for certificates after the handshake: later.py PORT CHAIN KEY ROOT optional|required.

It answers each line with the line and the name in the client's certificate, None without one, and asks when the line is "certify". One
connection at a time; an error is printed.
"""
import socket
import ssl
import sys

port, chain, key, root, verify = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)
context.load_verify_locations(root)
context.verify_mode = ssl.CERT_REQUIRED if verify == "required" else ssl.CERT_OPTIONAL
context.post_handshake_auth = True


def common_name(tls):
    try:
        certificate = tls.getpeercert() or {}
    except ValueError:  # asked, and not answered yet
        return None
    return dict(pair for part in certificate.get("subject", ()) for pair in part).get("commonName")


def talk(tls):
    rest = b""
    while data := tls.recv(16384):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            name = common_name(tls)
            if line == b"certify":
                tls.verify_client_post_handshake()  # the request goes before the next data
            tls.sendall(line + f" {name}\n".encode())
    tls.unwrap().close()


with socket.create_server(("127.0.0.1", int(port))) as listener:
    while True:
        raw, _ = listener.accept()
        try:
            with context.wrap_socket(raw, server_side=True) as tls:
                talk(tls)
        except OSError as e:
            print("failed:", e, flush=True)
