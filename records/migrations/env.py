"""Alembic's entry: runs the steps on the connection records.upgrade opened, and says each of them."""

from typing import Any

from alembic import context

from records.schema import Base

say = context.config.attributes["say"]


def told(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:  # noqa: ARG001 (Alembic names them)
    say(f"database: {step.up_revision_id} {step.up_revision.doc}")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    on_version_apply=told,
    transactional_ddl=True,
)
context.run_migrations()
