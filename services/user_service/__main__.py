"""`python -m services.user_service`: serve until SIGTERM."""

import sys

from services.shared.serving import run
from services.user_service.app import create_app
from services.user_service.settings import UserServiceSettings

if __name__ == "__main__":
    sys.exit(run("user-service", UserServiceSettings.from_environment, create_app))
