"""Retrieves a maildrop with poplib; prints the unique-ids and messages as JSON."""
import base64
import json
import poplib
import ssl
import sys

order = json.load(sys.stdin)
poplib._MAXLINE = 65536
context = ssl._create_unverified_context()
if order["security"] == "tls":
    client = poplib.POP3_SSL("127.0.0.1", order["port"], context=context, timeout=30)
else:
    client = poplib.POP3("127.0.0.1", order["port"], timeout=30)
if order["security"] == "starttls":
    client.stls(context=context)
client.user(order["login"])
client.pass_(order["password"])
count, octets = client.stat()
sizes = [int(line.split()[1]) for line in client.list()[1]]
assert len(sizes) == count and sum(sizes) == octets, (sizes, count, octets)
found = []
for number, line in enumerate(client.uidl()[1], start=1):
    unique_id = line.split()[1].decode()
    if unique_id in order["known"]:
        continue
    _, lines, _ = client.retr(number)
    message = b"".join(line + b"\r\n" for line in lines)
    assert len(message) == sizes[number - 1], (len(message), sizes[number - 1])
    _, top, _ = client.top(number, 0)
    assert message.startswith(b"".join(line + b"\r\n" for line in top))
    found.append({"id": unique_id, "message": base64.b64encode(message).decode()})
    if order["delete"]:
        client.dele(number)
client.quit()
json.dump(found, sys.stdout)
