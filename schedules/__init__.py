"""What runs when: the mailbox's watcher, the couriers' rounds, the ticks, the seals."""
