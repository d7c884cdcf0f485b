"""Limits of the card networks and of Nacha: how much of each is used, and the brake before a bank's is passed."""
