"""Sends one message with smtplib; reads the order as JSON from standard input."""
import base64
import json
import smtplib
import ssl
import sys

order = json.load(sys.stdin)
context = ssl._create_unverified_context()
if order["security"] == "tls":
    client = smtplib.SMTP_SSL("127.0.0.1", order["port"], context=context, timeout=30)
else:
    client = smtplib.SMTP("127.0.0.1", order["port"], timeout=30)
with client:
    if order["security"] == "starttls":
        client.starttls(context=context)
    if order.get("login"):
        client.login(order["login"], order["password"])
    message = base64.b64decode(order["message"])
    refused = client.sendmail(order["from"], order["to"], message, mail_options=["BODY=8BITMIME"])
    assert refused == {}, refused
