"""The OpenAPI 3.1 document, made from what the views declare and their Pydantic models."""

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from app.api import Declared
from app.intake import JSON
from app.schemas.common import ProblemBody, without_titles

DESCRIPTION = """\
Electricity, water and gas: records, totals and files, one account apart from the other.

Sign in with `POST /api/auth/login` (`token_delivery: "body"` outside a browser) and send
`Authorization: Bearer <access_token>`. Every error is a problem (RFC 9457) with the fields that
are wrong. Days are the local days of the site; periods include both ends.
"""
REFERENCE = "#/components/schemas/{model}"
_ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")


def document(app: Flask, version: str) -> dict[str, Any]:
    """Build the document for all routes below /api that declare themselves."""
    found = list(_declared(app))
    models: set[tuple[type[BaseModel], JsonSchemaMode]] = {(ProblemBody, "serialization")}
    for _, _, declared in found:
        models |= {
            (model, "validation") for model in (declared.body, declared.query) if model is not None
        }
        if declared.returns is not None:
            models.add((declared.returns, "serialization"))
    ordered = sorted(models, key=lambda item: item[0].__name__)
    references, definitions = models_json_schema(ordered, ref_template=REFERENCE)
    schemas = dict(sorted(without_titles(definitions.get("$defs", {})).items()))
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, declared in found:
        view = app.view_functions[rule.endpoint]
        operation = _operation(rule, method, declared, view.__doc__ or "", references, schemas)
        paths.setdefault(_ARGUMENT.sub(r"{\2}", rule.rule), {})[method.lower()] = operation
    for _, _, declared in found:  # queries are listed as parameters, not as schemas
        if declared.query is not None:
            schemas.pop(declared.query.__name__, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Consumo",
            "version": version,
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _declared(app: Flask) -> Iterator[tuple[Rule, str, Declared]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        declared = getattr(app.view_functions[rule.endpoint], "declared", None)
        if declared is not None:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, declared


def _operation(
    rule: Rule,
    method: str,
    declared: Declared,
    doc: str,
    references: Any,
    schemas: dict[str, Any],
) -> dict[str, Any]:
    summary, _, description = doc.strip().partition("\n")
    operation: dict[str, Any] = {
        "operationId": _camel(rule.endpoint.rsplit(".", 1)[-1]),
        "tags": [rule.endpoint.split(".", 1)[0]],
        "summary": summary.rstrip("."),
        "parameters": _parameters(rule, method, declared, schemas),
        "responses": _responses(rule, method, declared, references),
        "security": [{"bearer": []}] if declared.needs is not None else [],
    }
    if description.strip():
        operation["description"] = " ".join(description.split())
    if declared.body is not None:
        media = "multipart/form-data" if declared.is_upload else "application/json"
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"schema": references[declared.body, "validation"]}},
        }
    return operation


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _parameters(
    rule: Rule, method: str, declared: Declared, schemas: dict[str, Any]
) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
        }
        for _, name in _ARGUMENT.findall(rule.rule)
    ]
    if declared.query is not None:
        schema = schemas[declared.query.__name__]
        for name, value in schema["properties"].items():
            parameters.append(_query_parameter(name, value, name in schema.get("required", [])))
    if declared.is_idempotent:
        parameters.append(_header("Idempotency-Key", "The same key again gets the same answer."))
    if declared.is_versioned and method == "GET":
        parameters.append(_header("If-None-Match", "The ETag of your copy: 304 if it is current."))
    elif declared.is_versioned:
        parameters.append(_header("If-Match", "The ETag of the version that you saw."))
    return parameters


def _query_parameter(name: str, schema: dict[str, Any], is_required: bool) -> dict[str, Any]:
    value = dict(schema)
    options = [option for option in value.pop("anyOf", []) if option != {"type": "null"}]
    if options:
        value = options[0] | value
    if value.get("default", ...) is None:
        del value["default"]
    parameter = {"name": name, "in": "query", "required": is_required, "schema": value}
    if "description" in value:
        parameter["description"] = value.pop("description")
    return parameter


_HEADERS = {
    "Idempotency-Key": {"type": "string", "pattern": r"^[!-~]([ -~]{0,253}[!-~])?$"},
    "If-Match": {"type": "string", "pattern": r'^(\*|"[0-9]{1,10}"|[0-9]{1,10})$'},
    "If-None-Match": {"type": "string"},
}


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": _HEADERS[name],
    }


_EVENT = {
    "type": "object",
    "description": "Each event of the stream; its data is the import as JSON.",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["data"],
}


def _responses(
    rule: Rule, method: str, declared: Declared, references: Any
) -> dict[str, dict[str, Any]]:
    success: dict[str, Any] = {"description": "Done"}
    if declared.returns is not None:
        schema = references[declared.returns, "serialization"]
        success["content"] = {"application/json": {"schema": schema}}
    elif declared.produces != JSON:
        is_stream = declared.produces == "text/event-stream"
        file = _EVENT if is_stream else {"type": "string", "format": "binary"}
        success["content"] = {declared.produces: {"schema": file}}
    responses = dict.fromkeys(map(str, sorted({declared.status, *declared.also})), success)
    problem = {
        "description": "A problem",
        "content": {
            "application/problem+json": {"schema": references[ProblemBody, "serialization"]}
        },
    }
    for status in sorted(_problem_statuses(rule, method, declared)):
        responses.setdefault(str(status), problem)
    if method == "GET" and declared.is_versioned:
        responses["304"] = {"description": "Your copy is the current one"}
    return responses


def _problem_statuses(rule: Rule, method: str, declared: Declared) -> set[int]:
    statuses = {400, 422, 429, 500, 503}
    if declared.needs is not None:
        statuses |= {401, 403}
    names_a_meter = declared.query is not None and "meter_id" in declared.query.model_fields
    if "<" in rule.rule or declared.body is not None or names_a_meter:
        statuses.add(404)
    if declared.body is not None:
        statuses |= {413, 415}
    if method != "GET":
        statuses |= {401, 403, 409}
    if "<id:meter_id>/" in rule.rule:
        statuses.add(409)  # what is asked for is not how the meter is fed
    if declared.is_versioned and method != "GET":
        statuses |= {412, 428}
    return statuses
