"""What cannot be read in a request, or used, said in words: where it is, and what is expected there."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any, NoReturn

import flask
from apiflask import HTTPError
from pydantic import ValidationError

from core.errors import DomainError, problem

EXPECTED = {
    "Expecting value": "a value: text in double quotes, a number, true, false, null, an object or a list",
    "Expecting ',' delimiter": "a comma, or the bracket that closes the list or object",
    "Expecting ':' delimiter": "a colon between the name and its value",
    "Expecting property name enclosed in double quotes": "a name in double quotes, or a closing bracket",
    "Illegal trailing comma before end of object": "a name in double quotes after the comma, or no comma",
    "Illegal trailing comma before end of array": "a value after the comma, or no comma",
    "Extra data": "the end of the body",
    "Unterminated string starting at": "the double quote that ends the text which starts here",
    "Invalid control character at": "an escape such as \\n in place of the control character",
    "Invalid \\escape": 'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u after a backslash',
    "Invalid \\uXXXX escape": "four hexadecimal digits after \\u",
}
WRONG = {
    "missing": "is missing",
    "extra_forbidden": "is not among the fields that this takes",
    "string_type": "must be text",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "has a control character, which cannot be stored",
    "string_unicode": "has a character that is not Unicode",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "too_short": "needs {min_length} or more",
    "too_long": "takes at most {max_length}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "model_type": "must be a JSON object, between {{ and }}",
}


class NotJson(DomainError):
    """The body cannot be read."""

    code = "not-json"


class Request(flask.Request):
    """Says where a body stops being JSON."""

    def get_json(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_json(*args, **kwargs)
        except RecursionError:
            raise NotJson("The body is not usable: its lists and objects are nested too deeply.") from None

    def on_json_loading_failed(self, e: ValueError | None) -> NoReturn:
        advice = "Send a JSON object in UTF-8, as /api/v1/openapi.json describes."
        raise NotJson(_unreadable(e, bool(self.get_data())), advice)


def _unreadable(error: ValueError | None, is_given: bool) -> str:
    if not is_given:
        return "The body is empty; a JSON object is expected."
    if isinstance(error, JSONDecodeError):
        expected = EXPECTED.get(error.msg, error.msg)
        return f"The body is not JSON: in line {error.lineno}, column {error.colno}, expected is {expected}."
    if isinstance(error, UnicodeDecodeError):
        return f"The body is not JSON: byte {error.start + 1} is not UTF-8 text."
    return "The body is not JSON: a number in it has too many digits."


def refused(error: HTTPError) -> Any:
    """Every field that a schema refused, in one answer."""
    told = _told(error.__cause__) if isinstance(error.__cause__, ValidationError) else []
    if not told:
        return problem(error.status_code, "error", error.message or "The request cannot be used.")
    others = f" {len(told) - 1} more in `errors`." if len(told) > 1 else ""
    advice = "Mend it and send it again; /api/v1/openapi.json says what each field takes."
    detail, field = told[0]["detail"] + others, told[0]["field"]
    return problem(error.status_code, "invalid", detail, advice, field=field, errors=told)


def _told(error: ValidationError) -> list[dict[str, str]]:
    found = []
    for one in error.errors(include_url=False, include_input=False):
        field = ".".join(str(part) for part in one["loc"])
        subject = f"`{field}`" if field else "The body"
        found.append({"field": field, "detail": f"{subject} {_words(one['type'], one['msg'], one.get('ctx', {}))}."})
    return found


def _words(kind: str, message: str, context: dict[str, Any]) -> str:
    if words := WRONG.get(kind):
        return words.format(**context)
    return f"cannot be used: {message.removeprefix('Value error, ').rstrip('.')}"
