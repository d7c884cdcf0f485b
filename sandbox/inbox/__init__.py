"""The demo's mailbox: an SMTP server that keeps every mail, and a web page that shows them. Loopback only."""
