"""The headers every response carries. A view that needs its own (a download in a sandbox) sets it first."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

from core.ui import assets

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # the QR code of a second factor is drawn into its page and never stored
    "connect-src": "'self'",
    "font-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
ALWAYS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if current_app.config["HEARTHDESK"].is_https:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}; includeSubDomains")
    if request.endpoint == "static":
        response.headers["Cache-Control"] = _static_caching(response)
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _static_caching(response: Response) -> str:
    """Only an address that pins its content may be kept without asking again."""
    filename = (request.view_args or {}).get("filename", "")
    pinned = response.status_code in (200, 304) and assets.is_pinned(filename, request.args.get("v"))
    return f"public, max-age={YEAR}, immutable" if pinned else "no-cache"
