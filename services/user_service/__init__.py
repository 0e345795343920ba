"""user-service owns the users: it registers, changes and deletes them, and tells the cache."""
