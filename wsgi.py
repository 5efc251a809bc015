"""For any WSGI server: `wsgi:app`."""

import sys

from app import create_app
from config import ConfigError
from core import queues
from core.running.problem import REFUSED, Problem

try:
    app = create_app()
    queues.refuse_evicting(app.config["HEARTHDESK"].redis_url)
except (ConfigError, Problem) as error:
    sys.stderr.write(f"hearthdesk: {error}\n")
    sys.exit(REFUSED)
