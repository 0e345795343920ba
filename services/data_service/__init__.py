"""data-service answers reads about users, from the cache where its strategy says so."""
