"""Numbers without gaps or doubles, whoever asks at the same time. Knows nothing of what is numbered."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from records.schema import CounterRow


def next_number(session: Session, name: str) -> int:
    """1, 2, 3 … for each `name`. Taken when the transaction commits, free again when it rolls back."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    start = make(CounterRow).values(name=name, last=1)
    step = start.on_conflict_do_update(index_elements=[CounterRow.name], set_={"last": CounterRow.last + 1})
    return session.execute(step.returning(CounterRow.last)).scalar_one()
