"""`python -m services.data_service`: serve until SIGTERM."""

import sys

from services.data_service.app import create_app
from services.data_service.settings import DataServiceSettings
from services.shared.serving import run

if __name__ == "__main__":
    sys.exit(run("data-service", DataServiceSettings.from_environment, create_app))
