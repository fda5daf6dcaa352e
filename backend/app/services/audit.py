"""The audit log: who did what to an account's access and data."""

from typing import Any

from app.db import AppSession
from app.logs import REQUEST_ID, log
from app.models import AuditEvent


def record(session: AppSession, event: str, **details: Any) -> None:
    """Add an event to the log of the session's account, in the session's transaction."""
    session.add(
        AuditEvent(
            account_id=session.account_id,
            user_id=session.user_id,
            event=event,
            request_id=REQUEST_ID.get(),
            details=details,
        )
    )
    session.flush()
    log.info("audit", audit_event=event)
