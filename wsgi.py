"""For any WSGI server: `wsgi:app`."""

import sys

from config import ConfigError
from core.running.problem import REFUSED, Problem
from core.running.start import starting

try:
    with starting():
        from app import create_app
        from core import queues

        app = create_app()
    queues.refuse_evicting(app.config["HEARTHDESK"].redis_url)
except (ConfigError, Problem) as error:
    sys.stderr.write(f"hearthdesk: {error}\n")
    sys.exit(REFUSED)
