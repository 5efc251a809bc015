"""Files people send: kept outside the web root under their content's hash, only ever handed out as downloads."""

from core.files.models import StoredFile
from core.files.services import read, send, store

__all__ = ["StoredFile", "read", "send", "store"]
