"""An echo server: server.py PORT CHAIN KEY ROOT none|optional ALPN. Each line comes back; one connection at a time.

With OLD in the environment it speaks all that the library has.
"""
import os
import socket
import ssl
import sys

port, chain, key, root, verify, protocol = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)
context.load_verify_locations(root)
context.verify_mode = ssl.CERT_OPTIONAL if verify == "optional" else ssl.CERT_NONE
context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # the client's row decides
context.set_alpn_protocols([protocol])
if "OLD" in os.environ:
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
with socket.create_server(("127.0.0.1", int(port))) as listener:
    while True:
        raw, _ = listener.accept()
        try:
            with context.wrap_socket(raw, server_side=True) as tls:
                while data := tls.recv(16384):
                    tls.sendall(data)
                tls.unwrap().close()
                print("closed cleanly", tls.version(), tls.cipher(), flush=True)
        except OSError as e:
            print("failed:", e, flush=True)
