"""Two records of one person: found by their signs, merged in one transaction, parted again within 30 days."""
