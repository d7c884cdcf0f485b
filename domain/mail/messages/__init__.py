"""One file per message: `build(envelope) -> Letter | None`, None when the mail is not needed any more.

Builders run in a unit of work when the mail is sent: they read the truth of that moment and issue the links.
"""
