"""A client: client.py ROOT NAME ALPN1 ALPN2 JOB..., where JOB is PORT or PORT,CHAIN,KEY.

For each job it sends standard input, prints the answer, and closes both ways. With OLD in the environment it speaks all that the
library has.
"""
import os
import socket
import ssl
import sys


def run(request, root, name, protocols, port, *certificate):
    context = ssl.create_default_context(cafile=root)
    context.set_alpn_protocols(protocols)
    if "OLD" in os.environ:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    if certificate:
        context.load_cert_chain(*certificate)
    with socket.create_connection(("127.0.0.1", int(port))) as raw:
        tls = context.wrap_socket(raw, server_hostname=name)
        tls.sendall(request)
        while data := tls.recv(16384):
            print(data.decode(), end="", flush=True)
        tls.unwrap()


request = sys.stdin.buffer.read()
root, name, *protocols = sys.argv[1:5]
status = 0
for job in sys.argv[5:]:
    try:
        run(request, root, name, protocols, *job.split(","))
    except OSError as e:
        print(job, e)
        status = 1
sys.exit(status)
