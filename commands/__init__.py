"""The commands of manage.py, one file a journey: they ask and print; the doing is in the domain."""
