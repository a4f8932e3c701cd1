"""Reads INBOX with imaplib; prints the messages as JSON, and removes them when told so."""
import base64
import imaplib
import json
import ssl
import sys

order = json.load(sys.stdin)
context = ssl._create_unverified_context()
if order["security"] == "tls":
    client = imaplib.IMAP4_SSL("127.0.0.1", order["port"], ssl_context=context, timeout=30)
else:
    client = imaplib.IMAP4("127.0.0.1", order["port"], timeout=30)
if order["security"] == "starttls":
    client.starttls(context)
client.login(order["login"], order["password"])
status, data = client.select("INBOX")
assert status == "OK", data
status, data = client.uid("SEARCH", None, "ALL")
assert status == "OK", data
found = []
for uid in data[0].split():
    status, data = client.uid("FETCH", uid, "(UID RFC822.SIZE BODY.PEEK[])")
    assert status == "OK", data
    message = data[0][1]
    assert b"RFC822.SIZE %d " % len(message) in data[0][0], data[0][0]
    found.append({"id": uid.decode(), "message": base64.b64encode(message).decode()})
    if order["delete"]:
        status, data = client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
        assert status == "OK", data
if order["delete"]:
    status, data = client.expunge()
    assert status == "OK" and len(data) == len(found), data
client.close()
client.logout()
json.dump(found, sys.stdout)
