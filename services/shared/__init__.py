"""What both services need: settings, names, request bodies, connections, errors, logs, and the server."""
